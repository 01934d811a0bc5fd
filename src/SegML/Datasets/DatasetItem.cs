using SegML.Annotations;
using SegML.Images;
using SegML.Masks;

namespace SegML.Datasets;

/// <summary>An image file and the file that its mask comes from.</summary>
/// <param name="ImagePath">The image.</param>
/// <param name="MaskPath">
/// The mask: a PNG whose values the pipeline's classes translate; where classes overlap, a PNG for each class, which "{class}" stands for. Or the annotations that it is drawn from, which then may be other
/// images' too.
/// </param>
public sealed record DatasetItem(string ImagePath, string MaskPath)
{
    /// <summary>Whether <see cref="MaskPath"/> holds annotations, and not a mask.</summary>
    public bool IsAnnotated => Annotation is not null;

    /// <summary>The image's name in an annotation file of many images; null: the whole file is about it.</summary>
    internal string? Part { get; init; }

    /// <summary>What <see cref="MaskSource"/> reads the mask from: <see cref="MaskPath"/>, and in a file of many images #NAME behind it.</summary>
    public string MaskReference => Part is null ? MaskPath : $"{MaskPath}{MaskSource.PartMark}{Part}";

    /// <summary>Reads what was drawn on the image; null where <see cref="MaskPath"/> is a mask.</summary>
    internal Func<AnnotatedImage>? Annotation { get; init; }

    /// <summary>How a mask is drawn from annotations.</summary>
    internal AnnotationOptions Drawing { get; init; } = new();

    /// <summary>What decides, besides the files, which mask is read: for telling one from another.</summary>
    internal string Rules => $"{Drawing.Unlabelled} {Drawing.Overlap} {Drawing.OnUnusable} {Drawing.LineThickness} {Drawing.View}";

    /// <summary>Reads the mask, or draws it.</summary>
    /// <param name="classes">Translates values, colours and names.</param>
    /// <exception cref="MaskFormatException">The mask cannot be read, or holds what stands for no class.</exception>
    /// <exception cref="AnnotationFormatException">The annotations cannot be read, or name what stands for no class.</exception>
    public SegmentationMask ReadMask(ClassSet classes) =>
        Upright(Annotation is not null ? Boundary.Annotation.Cross(MaskPath, () => AnnotationRasterizer.Draw(Annotation(), classes, Drawing))
            : classes.IsMultiLabel ? ClassMasks.Read(MaskPath, classes) : MaskFile.Read(MaskPath, classes));

    /// <summary>What to do about a mask of another size than its image.</summary>
    internal string SizeFix(int width, int height)
    {
        try
        {
            // A tool that does not look at the EXIF tag sees the sides swapped.
            return ImageFile.ReadTurn(ImagePath) is { SwapsSides: true } && ImageFile.ReadSize(ImagePath) == (height, width)
                ? "the photo's EXIF tag turns it, which the annotation tool did not do: set data.annotatedView to \"stored\""
                : "draw the mask at the image's size";
        }
        catch (ImageFormatException)
        {
            return "draw the mask at the image's size";
        }
    }

    /// <summary>A mask of the stored image, turned as the image is.</summary>
    /// <exception cref="ImageFormatException">The image cannot be read.</exception>
    internal SegmentationMask Upright(SegmentationMask mask)
    {
        if (Drawing.View == AnnotatedView.Upright || ImageFile.ReadTurn(ImagePath) is not { } turn)
        {
            return mask;
        }
        using (mask)
        {
            (int width, int height) = turn.SwapsSides ? (mask.Height, mask.Width) : (mask.Width, mask.Height);
            SegmentationMask upright = SegmentationMask.Rent(width, height, mask.Classes);
            turn.Apply<byte>(mask.Ids, mask.Width, mask.Height, upright.Ids);
            return upright;
        }
    }
}
