namespace SegML.Onnx.Analysis.ReceptiveFields;

/// <summary>
/// How far a network sees from one position of its output: the pixels around it that can change what is computed there
/// (Araujo et al. 2019, https://distill.pub/2019/computing-receptive-fields).
/// </summary>
internal sealed record OnnxReceptiveField
{
    /// <summary>Pixels to each side, the longest side of the two axes; apart from the operation that sees everything.</summary>
    public required int Margin { get; init; }

    /// <summary>Pixels between positions at which the network computes alike: the least common multiple of its layers' strides.</summary>
    public required int Stride { get; init; }

    /// <summary>The operator that lets every position depend on all pixels; null: none.</summary>
    public string? UnboundedBy { get; init; }

    /// <summary>How to give the network means over more than what it is run on; null: it takes none, or cannot be given them.</summary>
    public MeansExtension? Means { get; init; }
}
