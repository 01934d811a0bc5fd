using System.Runtime.InteropServices;
using SegML.Evaluation;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Training.Data;
using SegML.Training.Losses;
using SegML.Training.Networks;
using SegML.Training.Ranks;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Training.Models;

/// <summary>
/// Chooses, for classes that overlap, the probability from which a pixel is of a class: for each class the threshold with the greatest Dice on validation
/// images. Counts of pixels by probability are all that is kept, and give the figures at every threshold.
/// </summary>
/// <param name="classes">Classes that overlap.</param>
internal sealed class ThresholdChoice(ClassSet classes)
{
    // 0.02, 0.04 ... 0.98: finer ones fit noise.
    private const int Steps = 50;

    private static readonly float[] Thresholds = [.. Enumerable.Range(1, Steps - 1).Select(k => (float)((double)k / Steps))];

    // By class, whether it is true, and how many of the thresholds the probability reaches.
    private readonly long[,,] _pixels = new long[classes.Count, 2, Steps];

    /// <summary>Evaluates a network at the thresholds that suit the samples best.</summary>
    /// <inheritdoc cref="ModelEvaluation.EvaluateWithLoss"/>
    public static (SegmentationMetrics Metrics, double Loss) Evaluate(SegmentationNetwork network, SampleSource samples, InputOptions input, ClassSet classes,
        Device device, SegmentationLoss? loss, IAllReduce ranks, CancellationToken cancellation)
    {
        network.eval();
        var choice = new ThresholdChoice(classes);
        double losses = 0;
        int counted = 0;
        using IDisposable noGradients = no_grad();
        ranks.Together(() =>
        {
            for (int i = ranks.Rank; i < samples.Count; i += ranks.Count)
            {
                cancellation.ThrowIfCancellationRequested();
                (NetworkImage image, SegmentationMask mask) = samples.Read(i, input);
                using (image)
                {
                    bool counts = loss is not null && mask.Ids.IndexOfAnyExcept(classes.IgnoreIndex) >= 0;
                    ModelEvaluation.Compute(network, image, input, device, (logits, height, width) =>
                    {
                        using SegmentationScores scores = new LogitsView(logits, classes.Count, height, width).ToScores(classes, image.Width, image.Height);
                        choice.Add(mask.Ids, scores.Values);
                    }, counts ? logits => losses += ModelEvaluation.Loss(loss!, logits, mask) : null);
                    counted += counts ? 1 : 0;
                }
            }
            return true;
        });
        if (ranks.Count > 1)
        {
            choice.SumCounts(ranks.Sum);
            (losses, counted) = (ranks.Sum(losses), (int)ranks.Sum(counted));
        }
        return (choice.ToMetrics(), counted == 0 ? double.NaN : losses / counted);
    }

    /// <summary>Counts an image.</summary>
    /// <param name="truth">H * W sets of classes, or the ignore index.</param>
    /// <param name="scores">[C, H, W] probabilities.</param>
    public void Add(ReadOnlySpan<byte> truth, ReadOnlySpan<float> scores)
    {
        for (int c = 0; c < classes.Count; c++)
        {
            ReadOnlySpan<float> own = scores.Slice(c * truth.Length, truth.Length);
            for (int i = 0; i < own.Length; i++)
            {
                if (truth[i] == classes.IgnoreIndex)
                {
                    continue;
                }
                // The product is rounded: the comparison decides, as it does when masks are made.
                int reached = Math.Clamp((int)(own[i] * Steps), 0, Steps - 1);
                reached += reached < Steps - 1 && own[i] >= Thresholds[reached] ? 1 : reached > 0 && own[i] < Thresholds[reached - 1] ? -1 : 0;
                _pixels[c, truth[i] >> c & 1, reached]++;
            }
        }
    }

    /// <summary>Adds the counts of other processes.</summary>
    /// <param name="sum">Replaces counts by their sums over all processes.</param>
    private void SumCounts(CountSum sum)
    {
        Span<long> pixels = MemoryMarshal.CreateSpan(ref _pixels[0, 0, 0], _pixels.Length);
        double[] counts = [.. pixels.ToArray().Select(n => (double)n)];
        sum(counts);
        for (int i = 0; i < counts.Length; i++)
        {
            pixels[i] = (long)counts[i];
        }
    }

    /// <summary>The figures at the best thresholds, which the classes of the confusion matrix have. Pixels that are true of one class and predicted of another are not known.</summary>
    public SegmentationMetrics ToMetrics()
    {
        var best = new double[classes.Count];
        var each = new SegmentationMetrics[classes.Count];
        for (int c = 0; c < best.Length; c++)
        {
            best[c] = 0.5;
            double greatest = Dice(c, 0.5);
            foreach (float threshold in Thresholds)
            {
                double dice = Dice(c, threshold);
                // Of equals the one nearest to a half: beyond the probabilities that occur, all are.
                if (dice > greatest || dice == greatest && Math.Abs(threshold - 0.5) < Math.Abs(best[c] - 0.5))
                {
                    (greatest, best[c]) = (dice, Math.Round(threshold, 2));
                }
            }
            ClassSet alone = SegmentationMask.Alone(c, classes);
            var matrix = new SegmentationConfusionMatrix(alone);
            (long hit, long extra, long missed, long neither) = Counts(c, best[c]);
            matrix.Add(0, 0, neither);
            matrix.Add(0, 1, extra);
            matrix.Add(1, 0, missed);
            matrix.Add(1, 1, hit);
            each[c] = new SegmentationMetrics(matrix);
        }
        return new SegmentationMetrics(new SegmentationConfusionMatrix(classes.WithThresholds(best)), each);
    }

    private double Dice(int c, double threshold)
    {
        (long hit, long extra, long missed, _) = Counts(c, threshold);
        return hit == 0 ? 0 : 2.0 * hit / (2 * hit + extra + missed);
    }

    private (long Hit, long Extra, long Missed, long Neither) Counts(int c, double threshold)
    {
        int least = (int)Math.Round(threshold * Steps);
        long[] above = new long[2], below = new long[2];
        for (int truth = 0; truth < 2; truth++)
        {
            for (int k = 0; k < Steps; k++)
            {
                (k >= least ? above : below)[truth] += _pixels[c, truth, k];
            }
        }
        return (above[1], above[0], below[1], below[0]);
    }
}
