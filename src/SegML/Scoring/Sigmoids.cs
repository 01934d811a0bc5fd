using System.Numerics.Tensors;

namespace SegML.Scoring;

/// <summary>Probabilities of classes that overlap, each by itself: 1 / (1 + exp(-logit)).</summary>
internal static class Sigmoids
{
    /// <summary>Interpolates logits, bilinearly at half-pixel centres as everywhere, and turns them into probabilities.</summary>
    /// <param name="logits">[C, H, W].</param>
    /// <param name="classes">C.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="scores">Receives [C, <paramref name="outHeight"/>, <paramref name="outWidth"/>].</param>
    /// <param name="outHeight">The scores' height.</param>
    /// <param name="outWidth">The scores' width.</param>
    public static void Run(ReadOnlySpan<float> logits, int classes, int height, int width, Span<float> scores, int outHeight, int outWidth)
    {
        if (height == outHeight && width == outWidth)
        {
            logits.CopyTo(scores);
        }
        else
        {
            ResizedSoftmax.Resize(logits, classes, height, width, scores, outHeight, outWidth);
        }
        TensorPrimitives.Sigmoid(scores, scores);
    }

    /// <summary>Makes sets of classes of probabilities.</summary>
    /// <param name="scores">[C, H, W].</param>
    /// <param name="thresholds">The least probability of each class.</param>
    /// <param name="ids">Receives H * W sets: bit c is class c.</param>
    public static void Classify(ReadOnlySpan<float> scores, IReadOnlyList<double> thresholds, Span<byte> ids)
    {
        ids.Clear();
        for (int c = 0; c < thresholds.Count; c++)
        {
            ReadOnlySpan<float> own = scores.Slice(c * ids.Length, ids.Length);
            float threshold = (float)thresholds[c];
            for (int i = 0; i < own.Length; i++)
            {
                ids[i] |= (byte)(own[i] >= threshold ? 1 << c : 0);
            }
        }
    }
}
