using System.Text.Json.Serialization;

namespace SegML.Scoring;

/// <summary>
/// How far a network sees, computed from its graph when it is exported: the pixels around a pixel of the mask that can change its logits
/// (Araujo et al. 2019, https://distill.pub/2019/computing-receptive-fields). What overlap of tiles makes them equal to one pass.
/// </summary>
public sealed record ReceptiveField
{
    /// <summary>
    /// Pixels to each side of a pixel that its logits can depend on, the longest side of the two axes. Where
    /// <see cref="IsBounded"/> is false it is how far the network sees apart from the operation that sees everything.
    /// </summary>
    public required int Margin { get; init; }

    /// <summary>
    /// Pixels between positions at which the network computes alike: the least common multiple of the strides of all its
    /// layers. Tiles begin at multiples of it, and their sides are multiples of it.
    /// </summary>
    public required int Stride { get; init; }

    /// <summary>Whether pixels farther than <see cref="Margin"/> have no influence at all.</summary>
    [JsonIgnore]
    public bool IsBounded => UnboundedBy is null;

    /// <summary>The ONNX operator that lets every pixel depend on all others, such as GlobalAveragePool; null: none.</summary>
    public string? UnboundedBy { get; init; }

    /// <summary>Refuses numbers that no network has.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is out of its range.</exception>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Margin);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Margin, 1 << 24);
        ArgumentOutOfRangeException.ThrowIfLessThan(Stride, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Stride, 1 << 16);
    }

    /// <summary>The receptive field's own side: pixels from the first to the last that one pixel's logits depend on.</summary>
    [JsonIgnore]
    public int Size => 2 * Margin + 1;
}
