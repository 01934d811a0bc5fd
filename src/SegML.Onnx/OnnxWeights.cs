using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx;

/// <summary>How the constants of an ONNX model find their places in a module.</summary>
public enum OnnxWeightMatching
{
    /// <summary>By name: the constant <c>encoder.conv.weight</c> is the parameter or buffer of that name in the state dictionary.</summary>
    Name,

    /// <summary>
    /// By shape and order: each parameter or buffer takes the next constant of its shape that is still free. For models of other
    /// origin whose names say nothing; look at the report before you believe it.
    /// </summary>
    Order,
}

/// <summary>What was, or would be, read from a model into a module.</summary>
/// <param name="Loaded">Parameter or buffer, and the constant it is read from.</param>
/// <param name="Missing">Parameters and buffers that no constant was found for. They are left as they are.</param>
/// <param name="Unused">Constants of type float32 that nothing was found for.</param>
public sealed record OnnxWeightReport(
    IReadOnlyList<(string Parameter, string Constant)> Loaded, IReadOnlyList<string> Missing, IReadOnlyList<string> Unused);

/// <summary>Reads the weights of an ONNX model into a TorchSharp module, to train on from a published model.</summary>
public static class OnnxWeights
{
    /// <summary>Reads weights.</summary>
    /// <param name="module">The module. Its float32 parameters and buffers are overwritten where a constant is found.</param>
    /// <param name="modelPath">The model. Folded normalisations are not unfolded: export with <c>FoldBatchNorm = false</c>.</param>
    /// <param name="matching">How constants find their places.</param>
    /// <param name="dryRun">Only reports what would be read.</param>
    /// <exception cref="OnnxExportException">The file is not an ONNX model, or a constant's content does not fit its shape.</exception>
    public static OnnxWeightReport Load(nn.Module module, string modelPath, OnnxWeightMatching matching = OnnxWeightMatching.Name, bool dryRun = false)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentException.ThrowIfNullOrEmpty(modelPath);
        List<TensorProto> free = [.. ModelFile.Read(modelPath).Graph.Initializer.Where(i => i.DataType == (int)TensorProto.Types.DataType.Float)];
        List<(string, Tensor, TensorProto)> pairs = [];
        List<string> missing = [];
        foreach ((string name, Tensor target) in Targets(module))
        {
            TensorProto? source = free.FirstOrDefault(c => c.Dims.SequenceEqual(target.shape) && (matching == OnnxWeightMatching.Order || c.Name == name));
            if (source is null)
            {
                missing.Add(name);
                continue;
            }
            Check(source, modelPath);
            free.Remove(source);
            pairs.Add((name, target, source));
        }
        if (!dryRun)
        {
            pairs.ForEach(p => Copy(p.Item3, p.Item2));
        }
        return new OnnxWeightReport([.. pairs.Select(p => (p.Item1, p.Item3.Name))], missing, [.. free.Select(c => c.Name)]);
    }

    // Module by module, weights before statistics: the order in which an export writes its constants.
    private static IEnumerable<(string Name, Tensor Tensor)> Targets(nn.Module module) =>
        module.named_modules().Prepend(("", module)).SelectMany(m => m.Item2.named_parameters(recurse: false).Select(p => (p.name, (Tensor)p.parameter))
            .Concat(m.Item2.named_buffers(recurse: false))
            .Select(t => (Name: m.Item1.Length == 0 ? t.Item1 : $"{m.Item1}.{t.Item1}", t.Item2)))
            .Where(t => t.Item2.dtype == ScalarType.Float32).DistinctBy(t => t.Name);

    private static void Check(TensorProto source, string modelPath)
    {
        long count = source.Dims.Aggregate(1L, (a, b) => a * b);
        if (source.DataLocation == TensorProto.Types.DataLocation.External)
        {
            throw new OnnxExportException(modelPath, $"keeps {source.Name} in another file", "save the model with its weights inside");
        }
        if (source.FloatData.Count != count && source.RawData.Length != count * sizeof(float))
        {
            throw new OnnxExportException(modelPath, $"holds {source.Name} with too few or too many values for its shape", "get the model again");
        }
    }

    private static void Copy(TensorProto source, Tensor target)
    {
        using IDisposable noGradient = no_grad();
        using Tensor values = tensor(Tensors.Floats(source), target.shape);
        target.copy_(values);
    }
}
