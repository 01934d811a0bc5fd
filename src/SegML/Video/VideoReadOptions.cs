using SegML.Images;

namespace SegML.Video;

/// <summary>Which frames of a video are read, and what is refused.</summary>
public sealed record VideoReadOptions
{
    /// <summary>Reads every n-th frame, from the first; at least 1. Default 1: all.</summary>
    public int Every { get; init; } = 1;

    /// <summary>
    /// Frames per second to read, evenly spaced; above 0. A video with fewer gives all it has. Where the rate varies, frames are counted,
    /// not time. Not together with <see cref="Every"/>. Default null.
    /// </summary>
    public double? FramesPerSecond { get; init; }

    /// <summary>
    /// Whether a video whose rate varies is read at its average rate, frames repeated and left out so that each comes when it should: for
    /// writing it again beside its sound. All frames then: not together with the two above. Default false: each frame of the file once.
    /// </summary>
    public bool ConstantRate { get; init; }

    /// <summary>Greatest number of pixels of a frame, as for images; larger ones are refused. Default 200 000 000.</summary>
    public long MaxPixels { get; init; } = ImageReadOptions.Default.MaxPixels;

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="ArgumentException">A number is out of its range, or one option excludes another.</exception>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Every, 1, "options");
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxPixels, 1, "options");
        if (FramesPerSecond is { } rate && !(rate > 0 && double.IsFinite(rate)))
        {
            throw new ArgumentOutOfRangeException("options", rate, "frames a second are above 0");
        }
        if ((Every > 1 ? 1 : 0) + (FramesPerSecond is null ? 0 : 1) + (ConstantRate ? 1 : 0) > 1)
        {
            throw new ArgumentException("choose one of Every, FramesPerSecond and ConstantRate", "options");
        }
    }
}
