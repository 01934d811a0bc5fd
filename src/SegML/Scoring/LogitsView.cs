using SegML.Masks;

namespace SegML.Scoring;

/// <summary>
/// One image's logits and what can be made of them: the last step of a prediction, whether the logits are one run's or
/// several runs' merged.
/// </summary>
/// <param name="values">[C, H, W].</param>
/// <param name="classes">C.</param>
/// <param name="height">H, not necessarily the image's.</param>
/// <param name="width">W, not necessarily the image's.</param>
/// <param name="areProbabilities">Whether the network gives probabilities, which are interpolated as they are.</param>
internal readonly ref struct LogitsView(ReadOnlySpan<float> values, int classes, int height, int width, bool areProbabilities = false)
{
    /// <summary>[C, H, W].</summary>
    public ReadOnlySpan<float> Values { get; } = values;

    public int Classes => classes;

    public int Height => height;

    public int Width => width;

    public bool AreProbabilities => areProbabilities;

    /// <summary>The mask of an image, at its own size. In rented memory.</summary>
    public SegmentationMask ToMask(ClassSet classSet, int imageWidth, int imageHeight)
    {
        SegmentationMask mask = SegmentationMask.Rent(imageWidth, imageHeight, classSet);
        Classify(classSet, mask.Ids, imageHeight, imageWidth);
        return mask;
    }

    /// <summary>Picks each pixel's class or, where classes overlap, its classes.</summary>
    /// <param name="classSet">The classes.</param>
    /// <param name="ids">Receives <paramref name="outHeight"/> * <paramref name="outWidth"/> mask values.</param>
    /// <param name="outHeight">The mask's height.</param>
    /// <param name="outWidth">The mask's width.</param>
    public void Classify(ClassSet classSet, Span<byte> ids, int outHeight, int outWidth)
    {
        if (classSet.Thresholds is not { } thresholds)
        {
            Logits.ArgMax(Values, classes, height, width, ids, outHeight, outWidth);
            return;
        }
        using var scores = new RentedLogits(classes, outHeight, outWidth);
        Probabilities(classSet, scores.Values, outHeight, outWidth);
        Sigmoids.Classify(scores.Values, thresholds, ids);
    }

    /// <summary>Writes the probability of each class at each pixel.</summary>
    /// <param name="classSet">The classes: their probabilities add up to 1 unless they overlap.</param>
    /// <param name="scores">Receives [C, <paramref name="outHeight"/>, <paramref name="outWidth"/>] probabilities.</param>
    /// <param name="outHeight">The scores' height.</param>
    /// <param name="outWidth">The scores' width.</param>
    public void Probabilities(ClassSet classSet, Span<float> scores, int outHeight, int outWidth)
    {
        if (areProbabilities)
        {
            ResizedSoftmax.Resize(Values, classes, height, width, scores, outHeight, outWidth);
        }
        else if (classSet.IsMultiLabel)
        {
            Sigmoids.Run(Values, classes, height, width, scores, outHeight, outWidth);
        }
        else
        {
            Logits.Softmax(Values, classes, height, width, scores, outHeight, outWidth);
        }
    }

    /// <summary>The probabilities of an image's pixels, at its own size. In rented memory.</summary>
    public SegmentationScores ToScores(ClassSet classSet, int imageWidth, int imageHeight)
    {
        var scores = new SegmentationScores(imageWidth, imageHeight, classSet);
        Probabilities(classSet, scores.Writable, imageHeight, imageWidth);
        return scores;
    }
}
