using SegML.Images;

namespace SegML.Serving.Models;

/// <summary>Images that are asked for at a smaller size than their files hold.</summary>
internal static class ReducedPhoto
{
    /// <summary>Reads an image, and scales it down where a side is longer than wanted.</summary>
    /// <returns>The image, upright. Dispose it to give its memory back.</returns>
    public static RasterImage Read(ReadOnlySpan<byte> encoded, string name, int maxSide, ImageReadOptions options)
    {
        ReducedImage read = ImageFile.DecodeReduced(encoded, name, (width, height) => Fit(width, height, maxSide), options);
        (int width, int height) = Fit(read.Width, read.Height, maxSide);
        if ((read.Pixels.Width, read.Pixels.Height) == (width, height))
        {
            return read.Pixels;
        }
        using (read.Pixels)
        {
            return ImageResizer.Resize(read.Pixels, width, height);
        }
    }

    /// <summary>The size of an image whose sides are to be at most so long, its proportions kept.</summary>
    public static (int Width, int Height) Fit(int width, int height, int? maxSide)
    {
        int longer = Math.Max(width, height);
        return maxSide is not { } side || longer <= side ? (width, height)
            : (Math.Max(1, (int)Math.Round((double)width * side / longer)), Math.Max(1, (int)Math.Round((double)height * side / longer)));
    }
}
