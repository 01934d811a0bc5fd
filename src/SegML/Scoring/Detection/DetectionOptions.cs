namespace SegML.Scoring.Detection;

/// <summary>Which objects an <see cref="InstanceSegmenter"/> gives. The defaults are Ultralytics' own.</summary>
public sealed record DetectionOptions
{
    /// <summary>The least score of an object, above 0 and below 1. Default 0.25.</summary>
    public double Confidence { get; init; } = 0.25;

    /// <summary>
    /// Of two objects of a class whose boxes overlap by more than this share of their union, the one with the lower score is left out; above 0, at most 1.
    /// Default 0.7. Not read for models that choose by themselves (end to end).
    /// </summary>
    public double MostOverlap { get; init; } = 0.7;

    /// <summary>The most objects of an image, those with the highest scores, at least 1. Default 300.</summary>
    public int MostInstances { get; init; } = 300;

    /// <summary>Whether objects of different classes leave each other out too. Default false.</summary>
    public bool AcrossClasses { get; init; }

    /// <summary>Device, threads and session; what is about masks of classes is not read. Null: the defaults.</summary>
    public SegmenterOptions? Session { get; init; }

    internal void Validate()
    {
        if (Confidence is not (> 0 and < 1) || MostOverlap is not (> 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException("options", $"the confidence {Confidence} and the overlap {MostOverlap} are not both above 0 and below 1");
        }
        ArgumentOutOfRangeException.ThrowIfLessThan(MostInstances, 1, "options");
        Session?.Validate();
    }
}
