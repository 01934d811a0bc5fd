namespace SegML.Batches;

/// <summary>What became of an image of a batch.</summary>
/// <param name="Image">The image.</param>
public sealed record ImageOutcome(BatchImage Image)
{
    /// <summary>Why it has no result, one line that names it; null: it has.</summary>
    public string? Fault { get; init; }

    /// <summary>Whether the fault may be gone at another time or on another machine: its file is missing or cannot be read.</summary>
    public bool MayPass { get; init; }

    /// <summary>What else is to be known, one line; null: nothing.</summary>
    public string? Note { get; init; }

    /// <summary>Whether an earlier attempt's result was found to be right and left as it is.</summary>
    public bool WasThere { get; init; }
}
