namespace SegML.Onnx.Rewriting;

/// <summary>
/// How <see cref="OnnxImageModel"/> brings an image to a network. The image is resized to the network's size (area filter along an axis
/// that shrinks, linear interpolation between pixel centres along one that grows, rounded to bytes) and normalised: byte * scale + offset.
/// </summary>
public sealed record OnnxImageOptions
{
    /// <summary>The network's reference height in pixels.</summary>
    public required int Height { get; init; }

    /// <summary>The network's reference width in pixels.</summary>
    public required int Width { get; init; }

    /// <summary>
    /// Whether images keep their aspect ratio and take the reference size's area, each side rounded and brought into
    /// <see cref="MinSide"/> to <see cref="MaxSide"/>; otherwise they are stretched to the reference size. True by default.
    /// </summary>
    public bool KeepAspect { get; init; } = true;

    /// <summary>The shortest side that the network is given, in pixels. 1 by default.</summary>
    public int MinSide { get; init; } = 1;

    /// <summary>The longest side that the network is given, in pixels. 16384 by default.</summary>
    public int MaxSide { get; init; } = 16384;

    /// <summary>What each of the network's three channels is multiplied with, in its order. 1 / 255 by default.</summary>
    public IReadOnlyList<float> Scale { get; init; } = [1 / 255f, 1 / 255f, 1 / 255f];

    /// <summary>What is added to each channel after that. 0 by default.</summary>
    public IReadOnlyList<float> Offset { get; init; } = [0, 0, 0];

    /// <summary>Whether the network takes the channels in the opposite order of the image: blue, green, red. False by default.</summary>
    public bool ReverseChannels { get; init; }

    /// <summary>Whether the image comes as planes, [N, 3, H, W], instead of pixels, [N, H, W, 3]. False by default.</summary>
    public bool Planar { get; init; }

    /// <summary>The only size of images that is accepted, in pixels. Null, the default: any. Spares the resizing where it is the network's.</summary>
    public (int Height, int Width)? ImageSize { get; init; }

    /// <summary>The name of the uint8 input. <c>image</c> by default.</summary>
    public string InputName { get; init; } = "image";

    /// <summary>The name of the uint8 output, [N, H, W]. <c>mask</c> by default.</summary>
    public string OutputName { get; init; } = "mask";

    /// <summary>Key-value pairs for the model's metadata; the source's are kept unless a key is the same. Empty by default.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// The smallest share of pixels at which the result has to agree with the source, run on the same images prepared by TorchSharp in
    /// double precision. 0.999 by default.
    /// </summary>
    public double MinAgreement { get; init; } = 0.999;

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Math.Min(Height, Width), 1, nameof(Height));
        ArgumentOutOfRangeException.ThrowIfLessThan(MinSide, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxSide, MinSide);
        ArgumentException.ThrowIfNullOrEmpty(InputName);
        ArgumentException.ThrowIfNullOrEmpty(OutputName);
        if (InputName == OutputName)
        {
            throw new OnnxExportException($"the name \"{InputName}\"", "is both the input's and the output's", "choose two names");
        }
        if (Scale.Count != 3 || Offset.Count != 3)
        {
            throw new ArgumentException("Scale and Offset hold a number for each of three channels");
        }
        if (ImageSize is { } size)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(Math.Min(size.Height, size.Width), 1, nameof(ImageSize));
        }
    }

    /// <summary>The size at which an image is given to the network.</summary>
    internal (int Height, int Width) NetworkSize(int height, int width)
    {
        if (!KeepAspect)
        {
            return (Height, Width);
        }
        double scale = Math.Sqrt((double)Width * Height / ((double)width * height));
        return (Side(height * scale), Side(width * scale));

        int Side(double exact) => (int)Math.Clamp(Math.Round(exact), MinSide, MaxSide);
    }
}

/// <summary>What <see cref="OnnxImageModel"/> wrote, and how closely it agrees with its source.</summary>
public sealed record OnnxImageReport
{
    /// <summary>The model file.</summary>
    public required string Path { get; init; }

    /// <summary>The model file's size in bytes.</summary>
    public required long FileSize { get; init; }

    /// <summary>The comparison at each size of image.</summary>
    public required IReadOnlyList<ImageAgreement> Sizes { get; init; }

    /// <summary>The smallest agreement.</summary>
    public double Agreement => Sizes.Min(s => s.Agreement);
}

/// <summary>A comparison on one image.</summary>
/// <param name="Height">The image's height in pixels.</param>
/// <param name="Width">The image's width in pixels.</param>
/// <param name="Agreement">The share of pixels with the same class, 0 to 1.</param>
public sealed record ImageAgreement(int Height, int Width, double Agreement);
