using SegML.Images;
using SegML.Pipelines;

namespace SegML.Scoring;

/// <summary>
/// An image as a network takes it, and the size that it had. Training, evaluation and scoring all get theirs here: one way
/// from a file to the network's pixels.
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
    public static NetworkImage Read(string path, InputOptions input) => Owning(ImageFile.Read(path), input);

    /// <summary>Reads a stream to its end.</summary>
    /// <inheritdoc cref="Read(string, InputOptions)"/>
    public static NetworkImage Read(Stream stream, string name, InputOptions input) => Owning(ImageFile.Read(stream, name), input);

    /// <summary>Decodes an image in memory.</summary>
    /// <inheritdoc cref="Read(string, InputOptions)"/>
    public static NetworkImage Decode(ReadOnlySpan<byte> encoded, string name, InputOptions input) =>
        Owning(ImageFile.Decode(encoded, name), input);

    /// <summary>Of an image in hand, which must outlive this one and stays the caller's.</summary>
    public static NetworkImage Of(RgbaImage image, InputOptions input)
    {
        (int width, int height) = input.SizeFor(image.Width, image.Height);
        return width == image.Width && height == image.Height
            ? new NetworkImage(image, width, height, owns: false)
            : new NetworkImage(ImageResizer.Resize(image, width, height), image.Width, image.Height, owns: true);
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        if (_owns)
        {
            Pixels.Dispose();
        }
    }

    private static NetworkImage Owning(RgbaImage image, InputOptions input)
    {
        (int width, int height) = input.SizeFor(image.Width, image.Height);
        if (width == image.Width && height == image.Height)
        {
            return new NetworkImage(image, width, height, owns: true);
        }
        using (image)
        {
            return new NetworkImage(ImageResizer.Resize(image, width, height), image.Width, image.Height, owns: true);
        }
    }
}
