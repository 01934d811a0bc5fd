using SkiaSharp;

namespace SegML.Images;

/// <summary>
/// Decoding a JPEG at a fraction of its size. Its 8x8 blocks are frequencies: leaving out the high ones gives a smaller,
/// well filtered image for a fraction of the time (libjpeg's scale_num / 8).
/// </summary>
internal static class JpegScale
{
    // At 7/8 the decoder takes longer than at full size.
    private const int MostEighths = 6;

    /// <summary>The smallest size that the decoder offers and that is at least the one needed, both as stored.</summary>
    /// <returns>The full size where no smaller one is offered: for other formats, always.</returns>
    public static (int Width, int Height) AtLeast(SKCodec codec, int width, int height)
    {
        SKImageInfo full = codec.Info;
        if (codec.EncodedFormat == SKEncodedImageFormat.Jpeg)
        {
            for (int eighths = 1; eighths <= MostEighths; eighths++)
            {
                SKSizeI size = codec.GetScaledDimensions(eighths / 8f);
                if (size.Width >= width && size.Height >= height && size.Width < full.Width && size.Height < full.Height)
                {
                    return (size.Width, size.Height);
                }
            }
        }
        return (full.Width, full.Height);
    }
}
