using SegML.Cli.Reports;
using SegML.Datasets;
using SegML.Drawing;
using SegML.Images;
using SegML.Masks;

namespace SegML.Cli.Check;

/// <summary>Pictures of items and findings, scaled down for a page. What cannot be read has no picture.</summary>
internal sealed class CheckPictures(ClassSet classes)
{
    private const int FindingWidth = 420, ThumbnailWidth = 220;

    // Not among the colours of common palettes, and far from what roads, skies and plants look like.
    private static readonly Rgb Mark = new(255, 0, 200);

    /// <summary>An image, as data URI; null where it cannot be read.</summary>
    public static string? Image(string path)
    {
        using RgbaImage? image = TryRead(() => ImageFile.Read(path));
        return image is null ? null : Scaled(image, FindingWidth);
    }

    /// <summary>A mask in its class colours, what is of no class in a shrill pink, as data URI; null where it cannot be read.</summary>
    /// <param name="path">The mask.</param>
    /// <param name="at">A place to frame; null: none.</param>
    public string? Mask(string path, PixelPosition? at)
    {
        if (TryRead(() => MaskFile.ReadRaw(path)) is not { } raw)
        {
            return null;
        }
        using RgbaImage picture = Draw(raw);
        if (at is not { } place)
        {
            return Scaled(picture, FindingWidth);
        }
        using RgbaImage marked = ImageResizer.Resize(picture, ScaledWidth(picture, FindingWidth), ScaledHeight(picture, FindingWidth));
        Frame(marked, place.X * marked.Width / picture.Width, place.Y * marked.Height / picture.Height);
        return DataUri.OfPhoto(marked);
    }

    /// <summary>An image with its mask over it as far as that can be read, small, as data URI; null where the image cannot be read.</summary>
    public string? Thumbnail(DatasetItem item)
    {
        using RgbaImage? image = TryRead(() => ImageFile.Read(item.ImagePath));
        if (image is null)
        {
            return null;
        }
        using SegmentationMask? mask = TryRead(() => item.ReadMask(classes));
        if (mask is null || mask.Width != image.Width || mask.Height != image.Height)
        {
            return Scaled(image, ThumbnailWidth);
        }
        using RgbaImage overlay = Overlay.Draw(image, mask, new OverlayOptions { Outline = false, Legend = false });
        return Scaled(overlay, ThumbnailWidth);
    }

    private RgbaImage Draw(RawMask raw)
    {
        var picture = new RgbaImage(raw.Width, raw.Height);
        Span<byte> pixels = picture.Pixels;
        for (int i = 0; i < raw.Width * raw.Height; i++)
        {
            int value = raw[i];
            Rgb color = raw.IsColor ? new Rgb((byte)(value >> 16), (byte)(value >> 8), (byte)value)
                : classes.TryFromValue(value, out byte id) ? classes.ColorOf(id) : Mark;
            (pixels[i * 4], pixels[i * 4 + 1], pixels[i * 4 + 2], pixels[i * 4 + 3]) = (color.R, color.G, color.B, 255);
        }
        return picture;
    }

    private static void Frame(RgbaImage image, int x, int y)
    {
        const int Reach = 12;
        for (int i = -Reach; i <= Reach; i++)
        {
            for (int edge = Reach - 1; edge <= Reach; edge++)
            {
                Set(x + i, y - edge);
                Set(x + i, y + edge);
                Set(x - edge, y + i);
                Set(x + edge, y + i);
            }
        }

        void Set(int column, int row)
        {
            if (column >= 0 && row >= 0 && column < image.Width && row < image.Height)
            {
                Span<byte> pixel = image.Row(row).Slice(column * 4, 4);
                (pixel[0], pixel[1], pixel[2]) = (Mark.R, Mark.G, Mark.B);
            }
        }
    }

    private static string Scaled(RgbaImage image, int width)
    {
        using RgbaImage small = ImageResizer.Resize(image, ScaledWidth(image, width), ScaledHeight(image, width));
        return DataUri.OfPhoto(small);
    }

    private static int ScaledWidth(RgbaImage image, int width) => Math.Min(image.Width, width);

    private static int ScaledHeight(RgbaImage image, int width) =>
        Math.Max(1, (int)Math.Round((double)image.Height * ScaledWidth(image, width) / image.Width));

    private static T? TryRead<T>(Func<T> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (SegMLException)
        {
            return null;
        }
    }
}
