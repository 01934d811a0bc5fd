using SegML.Annotations;
using SegML.Masks;

namespace SegML.Datasets;

/// <summary>An image file and the file that its mask comes from.</summary>
/// <param name="ImagePath">The image.</param>
/// <param name="MaskPath">
/// The mask: a PNG whose values the pipeline's classes translate. Or the annotations that it is drawn from, which then may be other
/// images' too.
/// </param>
public sealed record DatasetItem(string ImagePath, string MaskPath)
{
    /// <summary>Whether <see cref="MaskPath"/> holds annotations, and not a mask.</summary>
    public bool IsAnnotated => Annotation is not null;

    /// <summary>Reads what was drawn on the image; null where <see cref="MaskPath"/> is a mask.</summary>
    internal Func<AnnotatedImage>? Annotation { get; init; }

    /// <summary>Reads the mask, or draws it.</summary>
    /// <param name="classes">Translates values, colours and names.</param>
    /// <exception cref="MaskFormatException">The mask cannot be read, or holds what stands for no class.</exception>
    /// <exception cref="AnnotationFormatException">The annotations cannot be read, or name what stands for no class.</exception>
    public SegmentationMask ReadMask(ClassSet classes) =>
        Annotation is null ? MaskFile.Read(MaskPath, classes) : AnnotationRasterizer.Draw(Annotation(), classes);
}
