namespace SegML.Datasets;

/// <summary>One thing that a check of a data set found.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Subject">What it is about, usually the path of a file.</param>
/// <param name="Fault">What is wrong, as the second half of a sentence that begins with the subject.</param>
/// <param name="Fix">What to do about it.</param>
public sealed record DatasetFinding(FindingKind Kind, string Subject, string Fault, string Fix)
{
    /// <summary>Whether training cannot use the data as it is. What is no error is a warning.</summary>
    public bool IsError => !IsLeftOut
        && Kind is not (FindingKind.MissingImage or FindingKind.IgnoredMask or FindingKind.AbsentClass or FindingKind.NearDuplicate or FindingKind.PoorFit or FindingKind.NarrowRange);

    /// <summary>Whether the pipeline leaves out what is concerned (data.onUnusable, data.onDamaged, data.unannotated), which makes an error a warning. Default false.</summary>
    public bool IsLeftOut { get; init; }

    /// <summary>One line: subject, fault and fix.</summary>
    public string Message => $"{Subject} {Fault}; {Fix}";

    /// <summary>The image concerned, or an example of those; null where there is none.</summary>
    public string? ImagePath { get; init; }

    /// <summary>The mask concerned, or an example of those; null where there is none.</summary>
    public string? MaskPath { get; init; }

    /// <summary>The other file, of a file there are two of; null where there is none.</summary>
    public string? OtherPath { get; init; }

    /// <summary>Where in the example mask, in pixels from its left and top; null where there is no such place.</summary>
    public PixelPosition? At { get; init; }

    /// <summary>Pixels concerned over all masks of the split; 0 where pixels are not what is counted.</summary>
    public long Pixels { get; init; }

    /// <summary>The number of files concerned. Default 1.</summary>
    public int Files { get; init; } = 1;

    /// <summary>The finding that an exception stands for.</summary>
    internal static DatasetFinding Of(FindingKind kind, SegMLException e) => new(kind, e.Subject, e.Fault, e.Fix);
}

/// <summary>A place in an image.</summary>
/// <param name="X">Pixels from the left.</param>
/// <param name="Y">Pixels from the top.</param>
public readonly record struct PixelPosition(int X, int Y);
