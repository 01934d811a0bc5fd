namespace SegML.Training.Planning;

/// <summary>What a data set is like, as far as it decides how a network is trained on it.</summary>
public sealed record DataFingerprint
{
    /// <summary>Training images.</summary>
    public required int Images { get; init; }

    /// <summary>Images that were measured.</summary>
    public required int Measured { get; init; }

    /// <summary>The width in pixels that half of the images do not reach.</summary>
    public required int MedianWidth { get; init; }

    /// <summary>The height in pixels that half of the images do not reach.</summary>
    public required int MedianHeight { get; init; }

    /// <summary>The smallest image's area in pixels.</summary>
    public required long SmallestArea { get; init; }

    /// <summary>The largest image's area in pixels.</summary>
    public required long LargestArea { get; init; }

    /// <summary>Whether red, green and blue are equal in all images.</summary>
    public bool IsGray { get; init; }

    /// <summary>Whether there are images of more than 8 bits or 4 channels, whose scale is not known.</summary>
    public bool IsDeep { get; init; }

    /// <summary>Each channel's mean over all pixels, red, green and blue, 0 to 1; empty where all images are deep.</summary>
    public IReadOnlyList<double> Mean { get; init; } = [];

    /// <summary>Each channel's standard deviation over all pixels, red, green and blue, 0 to 1; empty where all images are deep.</summary>
    public IReadOnlyList<double> Std { get; init; } = [];

    /// <summary>The standard deviation, from image to image, of their mean brightness, 0 to 1.</summary>
    public double BrightnessSpread { get; init; }

    /// <summary>The standard deviation, from image to image, of their contrast as a share of the mean contrast; contrast is the deviation within an image.</summary>
    public double ContrastSpread { get; init; }

    /// <summary>How differently classes share the images' top and bottom halves, 0 (alike) to 1 (no class in both).</summary>
    public double TopBottomDifference { get; init; }

    /// <summary>How differently classes share the images' left and right halves, 0 to 1.</summary>
    public double LeftRightDifference { get; init; }

    /// <summary>The classes in the order of their ids.</summary>
    public IReadOnlyList<ClassFingerprint> Classes { get; init; } = [];

    /// <summary>The side of the image in the middle, in pixels: the root of its area.</summary>
    public double MedianSide => Math.Sqrt((double)MedianWidth * MedianHeight);

    /// <summary>Classes that occur.</summary>
    public IEnumerable<ClassFingerprint> Present => Classes.Where(c => c.Share > 0);

    /// <summary>The thinnest of the classes that occur; null where none does.</summary>
    public ClassFingerprint? Thinnest => Present.MinBy(c => c.Thickness);

    /// <summary>The class with the smallest share of those that occur; null where none does.</summary>
    public ClassFingerprint? Rarest => Present.MinBy(c => c.Share);
}
