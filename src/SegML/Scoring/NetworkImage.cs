using SegML.Images;
using SegML.Pipelines;

namespace SegML.Scoring;

/// <summary>
/// An image as a network takes it, and the size that it had. Training, evaluation and scoring all get theirs here: one way
/// from a file to the network's pixels. A JPEG is decoded no larger than the network needs, then resized.
/// </summary>
internal sealed class NetworkImage : IDisposable
{
    private readonly bool _owns;

    private NetworkImage(RgbaImage pixels, int width, int height, bool owns)
    {
        Pixels = pixels;
        Width = width;
        Height = height;
        _owns = owns;
    }

    /// <summary>The pixels, at the size of the network's input.</summary>
    public RgbaImage Pixels { get; }

    /// <summary>The image's own width, upright: that of its mask.</summary>
    public int Width { get; }

    /// <summary>The image's own height, upright: that of its mask.</summary>
    public int Height { get; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="ImageFormatException">It is not an image that can be read.</exception>
    public static NetworkImage Read(string path, InputOptions input, ImageReadOptions? options = null) =>
        Take(ImageFile.ReadReduced(path, input.SizeFor, options), input);

    /// <summary>Reads a stream to its end.</summary>
    /// <inheritdoc cref="Read(string, InputOptions, ImageReadOptions?)"/>
    public static NetworkImage Read(Stream stream, string name, InputOptions input, ImageReadOptions? options = null) =>
        Take(ImageFile.ReadReduced(stream, name, input.SizeFor, options), input);

    /// <summary>Decodes an image in memory.</summary>
    /// <inheritdoc cref="Read(string, InputOptions, ImageReadOptions?)"/>
    public static NetworkImage Decode(ReadOnlySpan<byte> encoded, string name, InputOptions input, ImageReadOptions? options = null) =>
        Take(ImageFile.DecodeReduced(encoded, name, input.SizeFor, options), input);

    /// <summary>Of pixels that the network gets as they are, and that stay the caller's.</summary>
    public static NetworkImage Exactly(RgbaImage pixels) => new(pixels, pixels.Width, pixels.Height, owns: false);

    /// <summary>Of an image in hand, which must outlive this one and stays the caller's.</summary>
    public static NetworkImage Of(RgbaImage image, InputOptions input) => Fit(image, image.Width, image.Height, input)
        ?? new NetworkImage(image, image.Width, image.Height, owns: false);

    /// <summary>Of an image in hand, which is this one's from now on.</summary>
    public static NetworkImage Take(RgbaImage image, InputOptions input) => Take(new ReducedImage(image, image.Width, image.Height), input);

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        if (_owns)
        {
            Pixels.Dispose();
        }
    }

    private static NetworkImage Take(ReducedImage image, InputOptions input)
    {
        if (Fit(image.Pixels, image.Width, image.Height, input) is { } fitted)
        {
            image.Pixels.Dispose();
            return fitted;
        }
        return new NetworkImage(image.Pixels, image.Width, image.Height, owns: true);
    }

    /// <summary>The image resized; null where it has the network's size already.</summary>
    private static NetworkImage? Fit(RgbaImage pixels, int width, int height, InputOptions input)
    {
        (int networkWidth, int networkHeight) = input.SizeFor(width, height);
        return networkWidth == pixels.Width && networkHeight == pixels.Height
            ? null
            : new NetworkImage(ImageResizer.Resize(pixels, networkWidth, networkHeight), width, height, owns: true);
    }
}
