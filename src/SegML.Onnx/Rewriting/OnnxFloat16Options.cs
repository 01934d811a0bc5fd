using static TorchSharp.torch;

namespace SegML.Onnx.Rewriting;

/// <summary>How <see cref="OnnxFloat16"/> converts, and how closely the result has to agree.</summary>
public sealed record OnnxFloat16Options
{
    /// <summary>
    /// Operators that stay in 32 bits beside the ones that always do: sums over many values, normalisations, recurrent networks,
    /// quantisation. <c>["Softmax"]</c>, say. Empty by default.
    /// </summary>
    public IReadOnlyCollection<string> KeepInFloat32 { get; init; } = [];

    /// <summary>
    /// What both models are run on: tensors for the first input, of values that it will meet. Null: normally distributed noise, with
    /// 64 for each dimension that may vary (1 for the first).
    /// </summary>
    public IReadOnlyList<Tensor>? Examples { get; init; }

    /// <summary>The largest difference between the outputs of both models, as a share of the output's largest magnitude. 0.02 by default.</summary>
    public double RelativeTolerance { get; init; } = 0.02;

    /// <summary>
    /// The smallest share of positions at which the largest value along dimension 1 is the same one; applies to outputs
    /// <c>[N, C &gt; 1]</c> and <c>[N, C &gt; 1, H, W]</c>. 0.99 by default, for noise is all edges: with real examples ask for 0.999.
    /// </summary>
    public double MinArgmaxAgreement { get; init; } = 0.99;

    /// <summary>Key-value pairs for the model's metadata; the source's are kept unless a key is the same. Empty by default.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();
}

/// <summary>What a conversion to 16 bits wrote, and how closely it agrees with its source.</summary>
public sealed record OnnxFloat16Report
{
    /// <summary>The model file.</summary>
    public required string Path { get; init; }

    /// <summary>The model file's size in bytes.</summary>
    public required long FileSize { get; init; }

    /// <summary>The source's size in bytes.</summary>
    public required long SourceFileSize { get; init; }

    /// <summary>The number of weights that are 16-bit now.</summary>
    public required long Converted { get; init; }

    /// <summary>How many of them were finite but above 65504, the largest 16-bit float, and were set to it.</summary>
    public required long Clamped { get; init; }

    /// <summary>The comparison on each example.</summary>
    public required IReadOnlyList<ShapeParity> Shapes { get; init; }
}
