using SegML.Images;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Pbm;
using SixLabors.ImageSharp.Formats.Tga;
using SixLabors.ImageSharp.Formats.Tiff;
using SixLabors.ImageSharp.Metadata;
using SixLabors.ImageSharp.PixelFormats;
using SixLabors.ImageSharp.Processing;
using IImageDecoder = SegML.Images.IImageDecoder;

namespace SegML.ImageSharp;

/// <summary>TGA and PBM, PGM, PPM by ImageSharp. It is given no other formats, so that its decoders of JPEG, PNG and GIF never meet a file.</summary>
public sealed class ImageSharpDecoder : IImageDecoder
{
    private static readonly Configuration Known = new(new PbmConfigurationModule(), new TgaConfigurationModule());

    // Palettes and colours that are no RGB, of which the TIFF reader makes nothing.
    private static readonly Configuration Tiff = OfTiff();

    /// <inheritdoc/>
    public string Name => "ImageSharp";

    /// <inheritdoc/>
    public IReadOnlyList<string> Extensions { get; } = [".tga", ".pbm", ".pgm", ".ppm"];

    /// <inheritdoc/>
    public bool Recognizes(ReadOnlySpan<byte> start, string name) => start is [(byte)'P', >= (byte)'1' and <= (byte)'6', (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n', ..]
        // TGA has no mark of its own: its extension says that it is one, and its header must not say otherwise.
        || (name.EndsWith(".tga", StringComparison.OrdinalIgnoreCase) && start is [_, 0 or 1, 1 or 2 or 3 or 9 or 10 or 11, ..]);

    /// <inheritdoc/>
    public ImageHeader ReadHeader(ReadOnlySpan<byte> encoded, string name)
    {
        IImageInfo info = Identify(Known, encoded) ?? throw NotKnown(name);
        return new ImageHeader(info.Width, info.Height, IsDeep(info) ? 3 * sizeof(float) : 4);
    }

    /// <inheritdoc/>
    public RasterImage Decode(ReadOnlySpan<byte> encoded, string name)
    {
        IImageInfo info = Identify(Known, encoded) ?? throw NotKnown(name);
        if (IsDeep(info))
        {
            return DeepPbm.Decode(encoded, name);
        }
        using Image<Rgba32> bytes = Image.Load<Rgba32>(Known, encoded);
        return ImageSharpImages.FromRgba32(bytes);
    }

    /// <summary>Reads a TIFF's size.</summary>
    internal static ImageHeader ReadTiffHeader(ReadOnlySpan<byte> encoded, string name)
    {
        IImageInfo info = Identify(Tiff, encoded) ?? throw NotKnown(name);
        return new ImageHeader(info.Width, info.Height, 4);
    }

    /// <summary>Decodes a TIFF of any colours to RGB, upright.</summary>
    internal static RgbaImage DecodeTiff(ReadOnlySpan<byte> encoded)
    {
        using Image<Rgba32> image = Image.Load<Rgba32>(Tiff, encoded);
        image.Mutate(i => i.AutoOrient());
        return ImageSharpImages.FromRgba32(image);
    }

    private static IImageInfo? Identify(Configuration configuration, ReadOnlySpan<byte> encoded)
    {
        using var stream = new MemoryStream(encoded.ToArray());
        return Image.Identify(configuration, stream, out _);
    }

    private static bool IsDeep(IImageInfo info) => info.Metadata.GetPbmMetadata() is { ComponentType: PbmComponentType.Short };

    private static Configuration OfTiff()
    {
        var configuration = new Configuration(new TiffConfigurationModule());
        configuration.ImageFormatsManager.SetDecoder(TiffFormat.Instance, new TiffDecoder { DecodingMode = FrameDecodingMode.First });
        return configuration;
    }

    private static SegML.ImageFormatException NotKnown(string name) => new(name, "is damaged (its header)", "restore or convert it");
}
