using SegML.Onnx.Graphs;
using SegML.Onnx.Verification;

namespace SegML.Onnx;

/// <summary>How a module is exported, and how closely the result has to agree with it.</summary>
public sealed record OnnxExportOptions
{
    /// <summary>The version of ONNX's operators, 13 to 23. 18 by default: ONNX Runtime has it since 1.14 (2023), ML.NET 5 too.</summary>
    public int Opset { get; init; } = 18;

    /// <summary>The name of the graph's input. Several inputs are numbered: <c>input</c>, <c>input_2</c>, ...</summary>
    public string InputName { get; init; } = "input";

    /// <summary>The name of the graph's output. Several outputs are numbered: <c>output</c>, <c>output_2</c>, ...</summary>
    public string OutputName { get; init; } = "output";

    /// <summary>Whether inputs of other sizes than the example are accepted. True by default.</summary>
    public bool Dynamic { get; init; } = true;

    /// <summary>
    /// Which dimensions of the input may vary when <see cref="Dynamic"/> is set, from 0. Null: all but dimension 1, the channels.
    /// A dimension along which the module accepts no other size is fixed all the same.
    /// </summary>
    public IReadOnlyList<int>? DynamicAxes { get; init; }

    /// <summary>
    /// The names of the input's dimensions in the model, in order: <c>["batch", "channels", "height", "width"]</c>. Null: N, C, H and W,
    /// and the like for other numbers of dimensions. An input with another number of dimensions than names gets the usual ones.
    /// </summary>
    /// <remarks>ONNX Runtime takes dimensions of one name to be of one size. Two inputs share names only where the examples have the
    /// same sizes: give examples of different sizes for what may differ.</remarks>
    public IReadOnlyList<string>? AxisNames { get; init; }

    /// <summary>Dimensions, by name, that keep the example's size although <see cref="Dynamic"/> is set: <c>["N"]</c>. None by default.</summary>
    public IReadOnlyList<string> FixedAxes { get; init; } = [];

    /// <summary>
    /// Weights of more bytes than this, all together, go into a file beside the model, <c>net.onnx.(digest).data</c>, which has to stay
    /// there. By default about 2 GB, what a model file can hold; 0 for a file beside every model.
    /// </summary>
    public long MaxEmbeddedWeights { get; init; } = ModelFile.MaxEmbedded;

    /// <summary>Key-value pairs for the model file's metadata. Empty by default.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>The graph's name. Null: the name of the module's type.</summary>
    public string? GraphName { get; init; }

    /// <summary>What is said about the model in its file, for people. Empty by default.</summary>
    public string Description { get; init; } = "";

    /// <summary>
    /// Whether batch normalisations are folded into the convolutions before them. True by default. Without, the file holds every
    /// weight as it is, which <see cref="OnnxWeights"/> can read back for further training.
    /// </summary>
    public bool FoldBatchNorm { get; init; } = true;

    /// <summary>
    /// Whether operations between modules are traced, where libtorch allows it (Linux x64). True by default. Without, and elsewhere, everything that a forward computes
    /// must be a module that is called through <c>call</c>.
    /// </summary>
    public bool TraceOperations { get; init; } = true;

    /// <summary>
    /// The table of emitters. The built-in ones by default; add your own modules' here. A copy of the options by <c>with</c>
    /// shares the table.
    /// </summary>
    public OnnxEmitters Emitters { get; init; } = new();

    /// <summary>
    /// The input shapes that the export is compared at, beside the example's own; the module must accept each. Null: one of odd
    /// sizes, and one that is not square with a batch of 2, as far as the module accepts such. For modules with one input.
    /// </summary>
    public IReadOnlyList<long[]>? VerifyShapes { get; init; }

    /// <summary>
    /// The largest difference between an output of TorchSharp and of ONNX Runtime, as a share of that output's largest magnitude at that
    /// input: 0 to 1. 1e-4 by default; rounding alone is some 1e-6. NaN and infinity in an output are never accepted.
    /// </summary>
    public double RelativeTolerance { get; init; } = 1e-4;

    /// <summary>
    /// The smallest share of positions at which the largest value along dimension 1 is the same one, 0 to 1; applies to outputs
    /// <c>[N, C &gt; 1]</c> and <c>[N, C &gt; 1, H, W]</c>. Values that differ by rounding alone count as the same. 0.9999 by default.
    /// </summary>
    public double MinArgmaxAgreement { get; init; } = 0.9999;

    internal IEnumerable<string> InputNames(int count) => Numbered(InputName, count);

    internal IEnumerable<string> OutputNames(int count) => Numbered(OutputName, count);

    private static IEnumerable<string> Numbered(string name, int count) =>
        Enumerable.Range(1, count).Select(i => i == 1 ? name : $"{name}_{i}");

    internal void Check()
    {
        if (Opset is < OnnxExporter.MinOpset or > OnnxExporter.MaxOpset)
        {
            throw new OnnxExportException($"opset {Opset}", $"is not one of {OnnxExporter.MinOpset} to {OnnxExporter.MaxOpset}",
                "leave it at 18 unless the model's consumer needs another");
        }
        ArgumentException.ThrowIfNullOrEmpty(InputName);
        ArgumentException.ThrowIfNullOrEmpty(OutputName);
        ArgumentOutOfRangeException.ThrowIfNegative(RelativeTolerance);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxEmbeddedWeights);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxEmbeddedWeights, ModelFile.MaxEmbedded);
        if (InputName == OutputName)
        {
            throw new OnnxExportException($"the name \"{InputName}\"", "is both the input's and the output's", "choose two names");
        }
    }
}
