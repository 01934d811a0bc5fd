namespace SegML.Evaluation;

/// <summary>
/// Whether a network's probabilities mean what they say: pixels are counted in bins of equal width by the probability of the class
/// that was chosen, and each bin's mean probability is held against its share of right pixels (Guo et al., "On calibration of modern
/// neural networks", ICML 2017). Counts alone are kept, so memory does not grow with the number of images. Pixels whose truth is
/// no class are left out. Not thread-safe.
/// </summary>
public sealed class Calibration
{
    /// <summary>Bins between 0 and 1, as in the paper.</summary>
    public const int BinCount = 15;

    private readonly long[] _pixels = new long[BinCount], _right = new long[BinCount];
    private readonly double[] _confidence = new double[BinCount];

    /// <summary>Counts one image.</summary>
    /// <param name="truth">True ids, row by row; what is no class is left out.</param>
    /// <param name="scores">Probabilities [C, H, W] of the same pixels.</param>
    /// <exception cref="ArgumentException">The scores are not a whole number of planes of the truth's size.</exception>
    public void Add(ReadOnlySpan<byte> truth, ReadOnlySpan<float> scores)
    {
        if (truth.IsEmpty || scores.Length < truth.Length || scores.Length % truth.Length != 0)
        {
            throw new ArgumentException($"{scores.Length} scores for {truth.Length.Of("pixel")}", nameof(scores));
        }
        int pixels = truth.Length, classes = scores.Length / pixels;
        for (int i = 0; i < pixels; i++)
        {
            if (truth[i] >= classes)
            {
                continue;
            }
            float best = scores[i];
            int id = 0;
            for (int c = 1; c < classes; c++)
            {
                float score = scores[c * pixels + i];
                if (score > best)
                {
                    (best, id) = (score, c);
                }
            }
            int bin = Math.Clamp((int)(best * BinCount), 0, BinCount - 1);
            _pixels[bin]++;
            _confidence[bin] += best;
            _right[bin] += id == truth[i] ? 1 : 0;
        }
    }

    /// <summary>Pixels counted.</summary>
    public long Pixels => _pixels.Sum();

    /// <summary>The bins, from probability 0 to 1.</summary>
    public IReadOnlyList<CalibrationBin> Bins => [.. Enumerable.Range(0, BinCount).Select(b => new CalibrationBin(
        (double)b / BinCount, (double)(b + 1) / BinCount, _pixels[b],
        _pixels[b] == 0 ? double.NaN : _confidence[b] / _pixels[b],
        _pixels[b] == 0 ? double.NaN : (double)_right[b] / _pixels[b]))];

    /// <summary>Mean probability of the chosen classes, 0-1; NaN before the first pixel.</summary>
    public double MeanConfidence => Pixels == 0 ? double.NaN : _confidence.Sum() / Pixels;

    /// <summary>Share of pixels whose chosen class is the true one, 0-1; NaN before the first pixel.</summary>
    public double Accuracy => Pixels == 0 ? double.NaN : (double)_right.Sum() / Pixels;

    /// <summary>
    /// Expected calibration error, 0-1: the bins' distances between mean probability and share of right pixels, weighted with their
    /// shares of all pixels. NaN before the first pixel.
    /// </summary>
    public double ExpectedError => Pixels == 0
        ? double.NaN
        : Bins.Where(b => b.Pixels > 0).Sum(b => Math.Abs(b.Accuracy - b.Confidence) * b.Pixels) / Pixels;
}

/// <summary>A bin of <see cref="Calibration"/>.</summary>
/// <param name="From">Its least probability, 0-1.</param>
/// <param name="To">Its greatest probability, 0-1.</param>
/// <param name="Pixels">Pixels in it.</param>
/// <param name="Confidence">Their mean probability, 0-1; NaN where there are none.</param>
/// <param name="Accuracy">The share of them that is right, 0-1; NaN where there are none.</param>
public readonly record struct CalibrationBin(double From, double To, long Pixels, double Confidence, double Accuracy);
