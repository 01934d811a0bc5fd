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
internal readonly ref struct LogitsView(ReadOnlySpan<float> values, int classes, int height, int width)
{
    /// <summary>[C, H, W].</summary>
    public ReadOnlySpan<float> Values { get; } = values;

    public int Classes => classes;

    public int Height => height;

    public int Width => width;

    /// <summary>The mask of an image, at its own size. In rented memory.</summary>
    public SegmentationMask ToMask(ClassSet classSet, int imageWidth, int imageHeight)
    {
        SegmentationMask mask = SegmentationMask.Rent(imageWidth, imageHeight, classSet);
        Logits.ArgMax(Values, classes, height, width, mask.Ids, imageHeight, imageWidth);
        return mask;
    }

    /// <summary>The probabilities of an image's pixels, at its own size. In rented memory.</summary>
    public SegmentationScores ToScores(ClassSet classSet, int imageWidth, int imageHeight)
    {
        var scores = new SegmentationScores(imageWidth, imageHeight, classSet);
        Logits.Softmax(Values, classes, height, width, scores.Writable, imageHeight, imageWidth);
        return scores;
    }
}
