using SegML.Images;
using SegML.Pipelines;

namespace SegML.Scoring;

/// <summary>Where an image to score comes from. Each source is read in two ways: at the network's size, or row by row.</summary>
internal interface IImageSource
{
    /// <summary>What to call the image in errors.</summary>
    string Name { get; }

    /// <summary>The image as the network takes it, decoded no larger than needed.</summary>
    /// <exception cref="ImageFormatException">It is not an image that can be read.</exception>
    NetworkImage Prepare(InputOptions input, ImageReadOptions options);

    /// <summary>The image at its own size, from top to bottom, in the channels that the network takes.</summary>
    /// <exception cref="ImageFormatException">It is not an image that can be read, or has other channels than the input takes.</exception>
    ImageRows OpenRows(InputOptions input, ImageReadOptions options);
}

/// <summary>An image file.</summary>
internal readonly struct FileSource(string path) : IImageSource
{
    public string Name => path;

    public NetworkImage Prepare(InputOptions input, ImageReadOptions options) => NetworkImage.Read(path, input, options);

    public ImageRows OpenRows(InputOptions input, ImageReadOptions options) =>
        input.Bands is null && ImageRows.TryStream(path, options) is { } rows ? rows : InputChannels.Rows(ImageFile.ReadRaster(path, options), input, path);
}

/// <summary>An encoded image in memory.</summary>
internal readonly ref struct EncodedSource(ReadOnlySpan<byte> encoded, string name) : IImageSource
{
    private readonly ReadOnlySpan<byte> _encoded = encoded;

    public string Name => name;

    public NetworkImage Prepare(InputOptions input, ImageReadOptions options) => NetworkImage.Decode(_encoded, name, input, options);

    public ImageRows OpenRows(InputOptions input, ImageReadOptions options) =>
        InputChannels.Rows(ImageFile.DecodeRaster(_encoded, name, options), input, name);
}

/// <summary>An encoded image from a stream, which is read to its end and not disposed.</summary>
internal readonly struct StreamSource(Stream stream, string name) : IImageSource
{
    public string Name => name;

    public NetworkImage Prepare(InputOptions input, ImageReadOptions options) => NetworkImage.Read(stream, name, input, options);

    public ImageRows OpenRows(InputOptions input, ImageReadOptions options) =>
        InputChannels.Rows(ImageFile.ReadRaster(stream, name, options), input, name);
}

/// <summary>An image in hand, which stays the caller's.</summary>
internal readonly struct PixelSource(RasterImage image) : IImageSource
{
    private readonly RasterImage _image = image ?? throw new ArgumentNullException(nameof(image));

    public string Name => "the image";

    public NetworkImage Prepare(InputOptions input, ImageReadOptions options) => NetworkImage.Of(_image, input);

    public ImageRows OpenRows(InputOptions input, ImageReadOptions options)
    {
        RasterImage chosen = InputChannels.Of(_image, input, Name);
        return ReferenceEquals(chosen, _image) ? ImageRows.Of(_image, Name) : ImageRows.Take(chosen, Name);
    }
}
