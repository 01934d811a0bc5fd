using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using SegML.Onnx.Analysis;
using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;
using SegML.Onnx.Quantization.Calibration;

namespace SegML.Onnx.Quantization;

/// <summary>
/// Quantizes ONNX models to 8 bits after training (static quantization; Jacob et al. 2018, https://arxiv.org/abs/1712.05877): weights as
/// int8 with a scale for each output channel, activations as uint8 over ranges that calibration feeds show, biases as int32. The result
/// is an ordinary ONNX model in QDQ form with the same float inputs and outputs, which ONNX Runtime computes with integer kernels. It
/// gets its name only after it has been run beside the float model.
/// </summary>
/// <remarks>
/// Quantized are Conv, Gemm and MatMul with constant weights and, where they stand next to those, Add, Mul, Concat, pooling, Resize,
/// Sigmoid, LeakyRelu and what only moves values. Relu and Clip behind such a node cost nothing: the codes' own ends do their work.
/// </remarks>
public static class OnnxQuantizer
{
    /// <summary>Quantizes a model.</summary>
    /// <param name="modelPath">The float32 model, of opset 13 or later, with its weights inside.</param>
    /// <param name="calibration">
    /// Some dozens of feeds like those the model will meet: for each of its inputs a value. They are enumerated once or, by
    /// <see cref="CalibrationMethod.Percentile"/> and <see cref="CalibrationMethod.Entropy"/>, twice, and a second time when
    /// <see cref="QuantizationOptions.HeldOut"/> is null. A feed is not used after the next one is asked for or the enumeration ends, so
    /// that its memory may be used again.
    /// </param>
    /// <param name="outputPath">The file to write. A file of that name is replaced, but only by one that has been compared.</param>
    /// <param name="options">The defaults when null.</param>
    /// <param name="progress">Receives a line at each step of the work. May be null.</param>
    /// <param name="cancellation">Stops between runs; no file is left then.</param>
    /// <returns>What was quantized, and size, speed and agreement.</returns>
    /// <exception cref="OnnxExportException">
    /// The model cannot be read or quantized, a feed does not fit it, or the result is too far from it. No file is left.
    /// </exception>
    public static QuantizationReport Quantize(string modelPath, IEnumerable<IReadOnlyDictionary<string, OrtValue>> calibration, string outputPath,
        QuantizationOptions? options = null, IProgress<string>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(modelPath);
        ArgumentNullException.ThrowIfNull(calibration);
        ArgumentException.ThrowIfNullOrEmpty(outputPath);
        options ??= new QuantizationOptions();
        options.Check();
        options = options with { HeldOut = options.HeldOut is { } heldOut ? ModelBoundary.Callers(heldOut) : null, Loss = options.Loss is { } loss ? m => ModelBoundary.Callers(() => loss(m)) : null };
        return ModelBoundary.Cross(modelPath, () => Quantized(modelPath, ModelBoundary.Callers(calibration), outputPath, options, progress, cancellation));
    }

    private static QuantizationReport Quantized(string modelPath, IEnumerable<IReadOnlyDictionary<string, OrtValue>> calibration, string outputPath, QuantizationOptions options,
        IProgress<string>? progress, CancellationToken cancellation)
    {
        var graph = new QuantizableGraph(ModelFile.ReadWhole(modelPath), modelPath);
        IReadOnlyList<QuantizableNode> nodes = Choose(graph, modelPath, options);
        progress?.Report($"calibrating {nodes.Count} nodes");
        IReadOnlyDictionary<string, string> decides = SharedScales.Of(nodes);
        (IReadOnlyDictionary<string, ValueRange> ranges, int feeds) = Calibrator.Run(graph.Model, modelPath, [.. decides.Values.Distinct()],
            calibration, options, cancellation);
        var rewriter = new QdqRewriter(graph, decides.ToDictionary(d => d.Key, d => Parameters(ranges[d.Value])), options.ReduceRange);

        using var floatModel = new OnnxSession(File.ReadAllBytes(modelPath), modelPath);
        var proof = new QuantizationProof(floatModel, options.HeldOut ?? calibration, options, cancellation);
        QuantizationChoice choice = new SensitivitySearch(rewriter, proof, modelPath, progress, cancellation).Choose(nodes, options);
        string[] quantized = [.. choice.Nodes.Select(n => n.Name)], kept = [.. options.KeepInFloat, .. nodes.Select(n => n.Name).Except(quantized)];
        ModelProto model = rewriter.Rewrite(choice.Nodes);
        Describe(model, feeds, kept, options);
        progress?.Report("comparing with the float model");
        QuantizationReport? report = null;
        ModelFile.Write(outputPath, model, temporary =>
        {
            (Agreement agreement, int compared, double before, double after) = proof.Prove(File.ReadAllBytes(temporary), outputPath);
            report = new QuantizationReport
            {
                Path = outputPath,
                FloatSize = new FileInfo(modelPath).Length,
                FileSize = new FileInfo(temporary).Length,
                Quantized = quantized,
                KeptInFloat = kept,
                Sensitivities = choice.Sensitivities,
                Loss = choice.Loss,
                CalibrationFeeds = feeds,
                ComparedFeeds = compared,
                Agreement = agreement.Share,
                SignalToNoise = agreement.SignalToNoise,
                FloatMilliseconds = before,
                Milliseconds = after,
            };
        });
        return report!;
    }

    private static IReadOnlyList<QuantizableNode> Choose(QuantizableGraph graph, string path, QuantizationOptions options)
    {
        HashSet<string> names = [.. graph.Model.Graph.Node.Select(QuantizableNode.NameOf)];
        if (options.KeepInFloat.FirstOrDefault(n => !names.Contains(n)) is { } unknown)
        {
            string like = names.FirstOrDefault(n => n.Contains(unknown, StringComparison.OrdinalIgnoreCase)) ?? names.First();
            throw new OnnxExportException(path, $"has no node \"{unknown}\" to keep in float", $"give names of nodes as the model has them, such as \"{like}\"");
        }
        IReadOnlyList<QuantizableNode> nodes = graph.Choose(options.KeepInFloat.ToHashSet(),
            n => options.QuantizeOutputs ?? (options.MaxLoss is not null && n.OpType is ("Gemm" or "MatMul")));
        return nodes.Any(n => n.Kind == NodeKind.Weighted) ? nodes : throw new OnnxExportException(path,
            "has no Conv, Gemm or MatMul with a constant float32 weight to quantize",
            options.QuantizeOutputs == true ? "give a model that has" : "give a model that has or, if its only one makes an output, set QuantizeOutputs");
    }

    private static QuantizationParameters Parameters(ValueRange range) => QuantizationParameters.Covering(range.Min, range.Max);

    private static void Describe(ModelProto model, int feeds, string[] kept, QuantizationOptions options)
    {
        string weights = options.ReduceRange ? "7-bit" : "8-bit";
        string how = $"{weights} weights, 8-bit activations, {options.Calibration} over {feeds} feeds{(kept.Length == 0 ? "" : $", in float: {string.Join(", ", kept)}")}";
        ModelProperties.Set(model, new Dictionary<string, string>(options.Metadata) { ["quantization"] = how });
    }
}
