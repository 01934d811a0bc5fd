namespace SegML.Annotations.Formats;

/// <summary>Counts faults by kind and keeps the first of each: a file may have a million.</summary>
internal sealed class FaultCounts
{
    private readonly Dictionary<AnnotationFaultKind, (AnnotationFormatException First, int Count)> _counts = [];

    /// <summary>The first fault of each kind, and how many there are.</summary>
    public IReadOnlyList<(AnnotationFormatException First, int Count)> All => [.. _counts.Values];

    public void Add(AnnotationFormatException fault) =>
        _counts[fault.Kind] = _counts.TryGetValue(fault.Kind, out (AnnotationFormatException First, int Count) known) ? (known.First, known.Count + 1) : (fault, 1);
}
