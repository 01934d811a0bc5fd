namespace SegML.Onnx;

/// <summary>What an export wrote, and how closely ONNX Runtime agrees with TorchSharp.</summary>
public sealed record OnnxExportReport
{
    /// <summary>The model file.</summary>
    public required string Path { get; init; }

    /// <summary>The model file's size in bytes.</summary>
    public required long FileSize { get; init; }

    /// <summary>The file with the weights, when they are not in the model file; it has to stay beside it under this name.</summary>
    public string? WeightsFile { get; init; }

    /// <summary>The number of values in the module's parameters.</summary>
    public required long Parameters { get; init; }

    /// <summary>The number of nodes in the graph.</summary>
    public required int Nodes { get; init; }

    /// <summary>The dimensions of the first input that may vary.</summary>
    public required IReadOnlyList<int> DynamicAxes { get; init; }

    /// <summary>Why dimensions that could vary were fixed, and which numbers C# code reads from tensors: one line for each. Empty in the usual case.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>The comparison at each input shape, the example's first.</summary>
    public required IReadOnlyList<ShapeParity> Shapes { get; init; }

    /// <summary>The largest absolute difference between the outputs, over all shapes.</summary>
    public double MaxDifference => Shapes.Max(s => s.MaxDifference);

    /// <summary>The largest difference as a share of its output's largest magnitude, over all shapes.</summary>
    public double RelativeDifference => Shapes.Max(s => s.RelativeDifference);

    /// <summary>
    /// The smallest share of positions with the same largest channel, over all shapes, 0 to 1; 1 when no output is
    /// <c>[N, C &gt; 1]</c> or <c>[N, C &gt; 1, H, W]</c>.
    /// </summary>
    public double ArgmaxAgreement => Shapes.Min(s => s.ArgmaxAgreement);
}

/// <summary>The comparison of TorchSharp and ONNX Runtime at one input shape.</summary>
/// <param name="InputShape">The shape of the first input.</param>
/// <param name="MaxDifference">The largest absolute difference between the outputs.</param>
/// <param name="Range">The largest magnitude among TorchSharp's outputs.</param>
/// <param name="RelativeDifference">The largest difference as a share of the largest magnitude of its own output.</param>
/// <param name="ArgmaxAgreement">The share of positions with the same largest channel, 0 to 1; 1 when it does not apply.</param>
public sealed record ShapeParity(IReadOnlyList<long> InputShape, double MaxDifference, double Range, double RelativeDifference, double ArgmaxAgreement);
