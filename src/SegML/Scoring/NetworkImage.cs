using SegML.Images;
using SegML.Pipelines;

namespace SegML.Scoring;

/// <summary>
/// An image as a network takes it, and the size that it had. Training, evaluation and scoring all get theirs here: one way
/// from a file to the network's pixels. A JPEG is decoded no larger than the network needs; the input's channels are taken; the image is resized.
/// </summary>
internal sealed class NetworkImage : IDisposable
{
    private readonly bool _owns;

    private NetworkImage(RasterImage pixels, int width, int height, ChannelStatistics? statistics, bool owns, Letterbox? inside = null)
    {
        Inside = inside;
        Statistics = statistics;
        Pixels = pixels;
        Width = width;
        Height = height;
        _owns = owns;
    }

    /// <summary>The pixels, at the size of the network's input: bytes, or floats of three channels, or of the input's bands.</summary>
    public RasterImage Pixels { get; }

    /// <summary>Where the image lies in <see cref="Pixels"/>; null: they are all the image.</summary>
    public Letterbox? Inside { get; }

    /// <summary>The figures of the whole image that its channels are normalised by; null where the input names fixed ones.</summary>
    public ChannelStatistics? Statistics { get; }

    /// <summary>The image's own width, upright: that of its mask.</summary>
    public int Width { get; }

    /// <summary>The image's own height, upright: that of its mask.</summary>
    public int Height { get; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="ImageFormatException">It is not an image that can be read.</exception>
    public static NetworkImage Read(string path, InputOptions input, ImageReadOptions? options = null) =>
        Take(ImageFile.ReadReduced(path, input.DecodedSizeFor, options), input, path);

    /// <summary>Reads a stream to its end.</summary>
    /// <inheritdoc cref="Read(string, InputOptions, ImageReadOptions?)"/>
    public static NetworkImage Read(Stream stream, string name, InputOptions input, ImageReadOptions? options = null) =>
        Take(ImageFile.ReadReduced(stream, name, input.DecodedSizeFor, options), input, name);

    /// <summary>Decodes an image in memory.</summary>
    /// <inheritdoc cref="Read(string, InputOptions, ImageReadOptions?)"/>
    public static NetworkImage Decode(ReadOnlySpan<byte> encoded, string name, InputOptions input, ImageReadOptions? options = null) =>
        Take(ImageFile.DecodeReduced(encoded, name, input.DecodedSizeFor, options), input, name);

    /// <summary>Of pixels that the network gets as they are, and that stay the caller's.</summary>
    /// <param name="pixels">The pixels, in the input's channels.</param>
    /// <param name="statistics">The figures of the whole image that they are of; null where the input names fixed ones.</param>
    public static NetworkImage Exactly(RasterImage pixels, ChannelStatistics? statistics) => new(pixels, pixels.Width, pixels.Height, statistics, owns: false);

    /// <summary>Of an image in hand, which must outlive this one and stays the caller's.</summary>
    /// <exception cref="ImageFormatException">It has other channels than the input takes.</exception>
    public static NetworkImage Of(RasterImage image, InputOptions input, string name = "the image")
    {
        RasterImage chosen = InputChannels.Of(image, input, name);
        return Fitted(chosen, image.Width, image.Height, input, owns: !ReferenceEquals(chosen, image));
    }

    /// <summary>Of an image in hand, which is this one's from now on.</summary>
    /// <inheritdoc cref="Of(RasterImage, InputOptions, string)" path="/exception"/>
    public static NetworkImage Take(RasterImage image, InputOptions input, string name = "the image") =>
        Take(new ReducedImage(image, image.Width, image.Height), input, name);

    /// <summary>Writes the network's input.</summary>
    /// <inheritdoc cref="InputTensor.Fill(RasterImage, InputOptions, Span{float}, TensorLayout)"/>
    public void Fill(InputOptions input, Span<float> destination, TensorLayout layout = TensorLayout.Nchw) =>
        InputTensor.Fill(Pixels, Statistics, input, destination, layout);

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        if (_owns)
        {
            Pixels.Dispose();
        }
    }

    private static NetworkImage Take(ReducedImage image, InputOptions input, string name)
    {
        RasterImage chosen;
        try
        {
            chosen = InputChannels.Of(image.Pixels, input, name);
        }
        catch
        {
            image.Pixels.Dispose();
            throw;
        }
        if (!ReferenceEquals(chosen, image.Pixels))
        {
            image.Pixels.Dispose();
        }
        return Fitted(chosen, image.Width, image.Height, input, owns: true);
    }

    /// <summary>An image at the network's size, resized where it has another.</summary>
    private static NetworkImage Fitted(RasterImage pixels, int width, int height, InputOptions input, bool owns)
    {
        (int networkWidth, int networkHeight) = input.SizeFor(width, height);
        if (networkWidth == pixels.Width && networkHeight == pixels.Height)
        {
            return new NetworkImage(pixels, width, height, ChannelStatistics.Of(pixels, input), owns);
        }
        Letterbox? inside = input.Fit == InputFit.Letterbox ? Letterbox.Of(width, height, networkWidth, networkHeight) : null;
        RasterImage resized = ImageResizer.Resize(pixels, inside?.Width ?? networkWidth, inside?.Height ?? networkHeight, input.Filter);
        if (inside is { } place)
        {
            using RasterImage image = resized;
            using RgbaImage bytes = image.ToRgba();
            resized = place.Draw(bytes, networkWidth, networkHeight, input.PadColor ?? new Rgb(114, 114, 114));
        }
        if (owns)
        {
            pixels.Dispose();
        }
        return new NetworkImage(resized, width, height, ChannelStatistics.Of(resized, input), owns: true, inside);
    }
}
