using BitMiracle.LibTiff.Classic;
using SegML.Images;
using Orientation = BitMiracle.LibTiff.Classic.Orientation;

namespace SegML.ImageSharp;

/// <summary>
/// TIFF of grey, RGB and any number of further channels, as it is stored: 8, 16 and 32 bits, whole numbers and floats, strips and tiles, channels
/// side by side or plane after plane, the first page of several. By LibTiff.NET, since ImageSharp's decoder ends at four channels; palettes,
/// CMYK and other colours go through ImageSharp.
/// </summary>
public sealed class TiffImageDecoder : IImageDecoder
{
    /// <inheritdoc/>
    public string Name => "SegML.ImageSharp";

    /// <inheritdoc/>
    public IReadOnlyList<string> Extensions { get; } = [".tif", ".tiff"];

    /// <inheritdoc/>
    public bool Recognizes(ReadOnlySpan<byte> start, string name) =>
        start is [(byte)'I', (byte)'I', 42 or 43, 0, ..] or [(byte)'M', (byte)'M', 0, 42 or 43, ..];

    /// <inheritdoc/>
    public ImageHeader ReadHeader(ReadOnlySpan<byte> encoded, string name)
    {
        using var file = TiffFile.Open(encoded, name);
        return file.HasPlainSamples ? new ImageHeader(file.Width, file.Height, file.IsBytes ? 4 : sizeof(float) * file.Channels)
            : ImageSharpDecoder.ReadTiffHeader(encoded, name);
    }

    /// <inheritdoc/>
    public RasterImage Decode(ReadOnlySpan<byte> encoded, string name)
    {
        using var file = TiffFile.Open(encoded, name);
        if (!file.HasPlainSamples)
        {
            return ImageSharpDecoder.DecodeTiff(encoded);
        }
        CheckUpright(file, name);
        DeepImage image = file.Read();
        if (!file.IsBytes)
        {
            return image;
        }
        using (image)
        {
            return ToBytes(image);
        }
    }

    /// <inheritdoc/>
    public int[]? DecodeValues(ReadOnlySpan<byte> encoded, string name)
    {
        using var file = TiffFile.Open(encoded, name);
        if (file.IsLossy)
        {
            throw new SegML.ImageFormatException(name, "is compressed as JPEG, which mixes class values along every edge", "export the masks as PNG, or as TIFF without loss");
        }
        if (!file.HasNumbers)
        {
            return null;
        }
        CheckUpright(file, name);
        using DeepImage image = file.Read();
        var values = new int[image.Values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            // A float holds shares of 2^32 to 24 bits, enough for any number up to 2^23; masks have far smaller ones.
            values[i] = (int)Math.Clamp(Math.Round(image.Values[i] * file.Greatest), int.MinValue, int.MaxValue);
        }
        return values;
    }

    private static void CheckUpright(TiffFile file, string name)
    {
        if (file.Orientation != Orientation.TOPLEFT)
        {
            throw new SegML.ImageFormatException(name, $"is stored turned or mirrored (orientation {(int)file.Orientation})", "save it upright");
        }
    }

    // Shares of 255 come back to the bytes that they were.
    private static RgbaImage ToBytes(DeepImage image)
    {
        var bytes = new RgbaImage(image.Width, image.Height);
        int channels = image.Channels, green = channels >= 3 ? 1 : 0, blue = channels >= 3 ? 2 : 0, alpha = channels is 2 or 4 ? channels - 1 : -1;
        Span<byte> to = bytes.Pixels;
        ReadOnlySpan<float> from = image.Values;
        for (int i = 0, at = 0; i < to.Length; i += 4, at += channels)
        {
            to[i] = Byte(from[at]);
            to[i + 1] = Byte(from[at + green]);
            to[i + 2] = Byte(from[at + blue]);
            to[i + 3] = alpha < 0 ? (byte)255 : Byte(from[at + alpha]);
        }
        return bytes;

        static byte Byte(float share) => (byte)(255 * share + 0.5f);
    }
}
