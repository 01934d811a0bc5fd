using SegML.Images;

namespace SegML.ImageSharp;

/// <summary>
/// Adds TIFF, TGA and PBM to the image formats that SegML reads, 16 and 32 bits and any number of channels included. After that they are read
/// everywhere: by paths, streams and bytes, in training, scoring, checks and ML.NET.
/// </summary>
public static class ImageSharpFormats
{
    /// <summary>Registers the decoders for the whole process, once. Call it when the app starts.</summary>
    public static void Register()
    {
        ImageDecoders.Register(new TiffImageDecoder());
        ImageDecoders.Register(new ImageSharpDecoder());
    }
}
