using System.Globalization;

namespace SegML.Video;

/// <summary>
/// Which frames of a video are taken: frame n where <c>floor(n * Taken / Of)</c> is greater than at the frame before it. That is every
/// <c>Of / Taken</c>-th, as evenly as whole frames allow, and the first always.
/// </summary>
/// <param name="Taken">The number of frames taken out of each group; at least 1.</param>
/// <param name="Of">The size of the group; at least <paramref name="Taken"/>.</param>
internal readonly record struct FrameStep(long Taken, long Of)
{
    // Rates are told to a thousandth of a frame a second.
    private const int Thousandths = 1000;

    public bool TakesAll => Taken == Of;

    /// <summary>Every n-th frame.</summary>
    public static FrameStep Every(int frames) => new(1, frames);

    /// <summary>A number of frames per second, or all of a video that has fewer.</summary>
    public static FrameStep PerSecond(double wanted, FrameRate rate)
    {
        if (wanted >= rate.Value)
        {
            return Every(1);
        }
        long taken = Math.Max(1, (long)Math.Round(wanted * Thousandths)) * rate.Denominator;
        return new FrameStep(taken, Math.Max(taken, (long)rate.Numerator * Thousandths));
    }

    /// <summary>The index in the video of the k-th frame that is taken, both counted from 0.</summary>
    public long SourceIndex(long k) => (long)(((Int128)k * Of + Taken - 1) / Taken);

    /// <summary>The number of frames taken from a number of frames.</summary>
    public long CountOf(long frames) => frames == 0 ? 0 : (long)((Int128)(frames - 1) * Taken / Of) + 1;

    /// <summary>The rule as an expression of ffmpeg's select filter.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"gt(floor(n*{Taken}/{Of}),floor((n-1)*{Taken}/{Of}))");
}
