using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;
using SegML.Onnx.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx;

/// <summary>Reads the weights of an ONNX model into a TorchSharp module, to train on from a published model.</summary>
/// <remarks>
/// Constants may be float32, float16, bfloat16 or float64, initializers or Constant nodes, in the model's file or beside it. A matrix that
/// only MatMul reads lies the other way round than TorchSharp's Linear has it, and is turned.
/// </remarks>
public static class OnnxWeights
{
    /// <summary>A constant, and its place in the order in which nodes read them.</summary>
    private sealed record Source(string Name, TensorProto Tensor, bool Turned, int Place)
    {
        public IEnumerable<long> Shape => Turned ? Tensor.Dims.Reverse() : Tensor.Dims;
    }

    /// <summary>Reads weights.</summary>
    /// <param name="module">The module. Its float32 parameters and buffers are overwritten where a constant is found.</param>
    /// <param name="modelPath">The model. Folded normalisations are not unfolded: export with <c>FoldBatchNorm = false</c>.</param>
    /// <param name="matching">How constants find their places.</param>
    /// <param name="dryRun">Only reports what would be read. Contents are checked all the same.</param>
    /// <param name="constantName">With matching by name: the constant's name for that of a parameter or buffer. Null: the same.</param>
    /// <exception cref="OnnxExportException">The file is not an ONNX model, or a constant's content does not fit its shape. The module is as it was.</exception>
    public static OnnxWeightReport Load(nn.Module module, string modelPath, OnnxWeightMatching matching = OnnxWeightMatching.Name, bool dryRun = false,
        Func<string, string>? constantName = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentException.ThrowIfNullOrEmpty(modelPath);
        return ModelBoundary.Cross(modelPath, () => ByNameOrOrder(module, modelPath, matching, dryRun, constantName));
    }

    private static OnnxWeightReport ByNameOrOrder(nn.Module module, string modelPath, OnnxWeightMatching matching, bool dryRun, Func<string, string>? constantName)
    {
        List<Source> free = Sources(ModelFile.Read(modelPath).Graph);
        List<(string Name, Tensor Target, Source Source, float[] Values)> pairs = [];
        List<string> missing = [], mismatched = [];
        foreach ((string name, Tensor target) in Targets(module))
        {
            string wanted = constantName is null ? name : ModelBoundary.Callers(() => constantName(name));
            if (free.FirstOrDefault(c => c.Shape.SequenceEqual(target.shape) && (matching == OnnxWeightMatching.Order || c.Name == wanted)) is { } source)
            {
                pairs.Add((name, target, source, Constants.Read(source.Tensor, modelPath)));
                free.Remove(source);
                continue;
            }
            missing.Add(name);
            if (matching == OnnxWeightMatching.Name && free.FirstOrDefault(c => c.Name == wanted) is { } other)
            {
                mismatched.Add($"{name} is [{string.Join(", ", target.shape)}] in the module and [{string.Join(", ", other.Shape)}] in the model");
            }
        }
        if (matching == OnnxWeightMatching.Order)
        {
            CheckOrder([.. pairs.Select(p => (p.Name, p.Source))], modelPath);
        }
        return Take(pairs, missing, [.. free.Select(c => c.Name)], dryRun) with { Mismatched = mismatched };
    }

    /// <summary>
    /// Reads weights from a model of other origin, whose names and order say nothing: a layer takes the weights of the one layer in the model that
    /// has its shape and strides and whose input comes by layers that correspond to those before it.
    /// </summary>
    /// <param name="module">The module, in evaluation mode. Its float32 parameters and buffers are overwritten where a layer is found.</param>
    /// <param name="exampleInput">An input that the module accepts: <c>[N, C, H, W]</c>. The module is run with it, to see how its layers are joined.</param>
    /// <param name="modelPath">The model. Normalisations that were folded into convolutions do not correspond to any of the module.</param>
    /// <param name="dryRun">Only reports what would be read.</param>
    /// <returns>What was read. Layers behind one that has no counterpart have none either.</returns>
    /// <exception cref="OnnxExportException">
    /// The file is not an ONNX model, the module cannot be traced, a constant's content does not fit its shape, or several layers fit one place alike.
    /// The module is as it was.
    /// </exception>
    public static OnnxWeightReport LoadByStructure(nn.Module module, Tensor exampleInput, string modelPath, bool dryRun = false)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(exampleInput);
        ArgumentException.ThrowIfNullOrEmpty(modelPath);
        GraphProto own = OnnxExporter.GraphOf(module, exampleInput);
        return ModelBoundary.Cross(modelPath, () => ByStructure(module, own, modelPath, dryRun));
    }

    private static OnnxWeightReport ByStructure(nn.Module module, GraphProto own, string modelPath, bool dryRun)
    {
        GraphProto graph = ModelFile.Read(modelPath).Graph;
        Dictionary<string, Source> sources = Sources(graph).DistinctBy(s => s.Name).ToDictionary(s => s.Name, StringComparer.Ordinal);
        var signatures = new Dictionary<string, int>(StringComparer.Ordinal);
        ILookup<int, LayerGraph.Layer> theirs = LayerGraph.Read(graph, signatures).Layers.ToLookup(l => l.Signature);
        Dictionary<string, Tensor> targets = Targets(module).ToDictionary(t => t.Name, t => t.Tensor, StringComparer.Ordinal);
        List<(string Name, Tensor Target, Source Source, float[] Values)> pairs = [];
        foreach (IGrouping<int, LayerGraph.Layer> place in LayerGraph.Read(own, signatures).Layers.GroupBy(l => l.Signature))
        {
            LayerGraph.Layer ours = place.First();
            LayerGraph.Layer[] fitting = [.. theirs[place.Key]];
            if (fitting.Length == 0)
            {
                continue;
            }
            if (fitting.Length > 1 || place.Count() > 1)
            {
                throw new OnnxExportException(modelPath, $"has {fitting.Length} layers ({string.Join(", ", fitting.Take(3).Select(l => l.Name))}) for {place.Count()} of the module "
                    + $"({string.Join(", ", place.Take(3).Select(l => l.Name))}), and nothing says which is which", "load by name, with constantName to translate");
            }
            foreach ((int role, string name) in ours.Constants)
            {
                if (targets.TryGetValue(name, out Tensor? target) && fitting[0].Constants.TryGetValue(role, out string? constant)
                    && sources[constant] is var source && source.Tensor.Dims.Aggregate(1L, (a, b) => a * b) == target.numel())
                {
                    pairs.Add((name, target, source, Constants.Read(source.Tensor, modelPath)));
                }
            }
        }
        HashSet<string> taken = [.. pairs.Select(p => p.Source.Name)], filled = [.. pairs.Select(p => p.Name)];
        return Take(pairs, [.. targets.Keys.Where(t => !filled.Contains(t))], [.. sources.Keys.Where(s => !taken.Contains(s))], dryRun);
    }

    /// <summary>Reads all float constants of a model.</summary>
    /// <param name="modelPath">The model.</param>
    /// <returns>float32 tensors on the CPU by the constants' names, matrices that only MatMul reads turned; the caller disposes them.</returns>
    /// <exception cref="OnnxExportException">The file is not an ONNX model, or a constant's content does not fit its shape.</exception>
    public static IReadOnlyDictionary<string, Tensor> Read(string modelPath)
    {
        ArgumentException.ThrowIfNullOrEmpty(modelPath);
        return ModelBoundary.Cross(modelPath, () => ReadAll(modelPath));
    }

    private static Dictionary<string, Tensor> ReadAll(string modelPath)
    {
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        try
        {
            foreach (Source source in Sources(ModelFile.Read(modelPath).Graph))
            {
                using DisposeScope scope = NewDisposeScope();
                Tensor content = tensor(Constants.Read(source.Tensor, modelPath), [.. source.Tensor.Dims]);
                tensors[source.Name] = (source.Turned ? content.t().contiguous() : content).DetachFromDisposeScope();
            }
            return tensors;
        }
        catch
        {
            foreach (Tensor tensor in tensors.Values)
            {
                tensor.Dispose();
            }
            throw;
        }
    }

    // In the order in which nodes read them, as far as they do: files list constants in any order.
    private static List<Source> Sources(GraphProto graph)
    {
        ILookup<string, NodeProto> readers = graph.Node.SelectMany(n => n.Input.Select(i => (i, n))).ToLookup(p => p.i, p => p.n);
        var firstRead = graph.Node.SelectMany(n => n.Input).Index().DistinctBy(i => i.Item).ToDictionary(i => i.Item, i => i.Index);
        bool OnlyMatMul(string name, TensorProto tensor) => tensor.Dims.Count == 2 && readers[name].Any()
            && readers[name].All(n => n.Input.Count > 1 && n.Input[1] == name && (n.OpType == "MatMul" || n.OpType == "Gemm" && !IsTransposed(n)));
        return [.. Constants.Floats(graph).Select(c => new Source(c.Name, c.Tensor, OnlyMatMul(c.Name, c.Tensor), firstRead.GetValueOrDefault(c.Name, int.MaxValue)))
            .OrderBy(s => s.Place)];
    }

    // Where a module's constants are read before those of the module in front of it, the two do not list their layers alike, and weights of one
    // shape could be another layer's.
    private static void CheckOrder(IReadOnlyList<(string Name, Source Source)> pairs, string modelPath)
    {
        if (pairs.DistinctBy(p => string.Join(",", p.Source.Shape)).Count() == pairs.Count)
        {
            return; // Shapes alone tell them apart.
        }
        var modules = pairs.GroupBy(p => p.Name[..Math.Max(0, p.Name.LastIndexOf('.'))])
            .Select(m => (First: m.MinBy(p => p.Source.Place), Last: m.MaxBy(p => p.Source.Place))).ToArray();
        foreach (((string Name, Source Source) before, (string Name, Source Source) after) in modules.Zip(modules.Skip(1), (a, b) => (a.Last, b.First)))
        {
            if (after.Source.Place < before.Source.Place)
            {
                throw new OnnxExportException(modelPath, $"reads {after.Source.Name}, of the shape of {after.Name}, before {before.Source.Name}, of that of {before.Name}: "
                    + "its order is not the module's", "load by structure (LoadByStructure) or by name");
            }
        }
    }

    private static bool IsTransposed(NodeProto gemm) => Attributes.Integer(gemm, "transB", 0) != 0;

    // Module by module, weights before statistics: the order in which an export writes its constants.
    private static IEnumerable<(string Name, Tensor Tensor)> Targets(nn.Module module) =>
        module.named_modules().Prepend(("", module)).SelectMany(m => m.Item2.named_parameters(recurse: false).Select(p => (p.name, (Tensor)p.parameter))
            .Concat(m.Item2.named_buffers(recurse: false))
            .Select(t => (Name: m.Item1.Length == 0 ? t.Item1 : $"{m.Item1}.{t.Item1}", t.Item2)))
            .Where(t => t.Item2.dtype == ScalarType.Float32).DistinctBy(t => t.Name);

    /// <summary>Writes what was found into the module, unless it is only to be reported.</summary>
    private static OnnxWeightReport Take(List<(string Name, Tensor Target, Source Source, float[] Values)> pairs,
        IReadOnlyList<string> missing, IReadOnlyList<string> unused, bool dryRun)
    {
        if (!dryRun)
        {
            pairs.ForEach(p => Copy(p.Values, p.Source, p.Target));
        }
        return new OnnxWeightReport([.. pairs.Select(p => (p.Name, p.Source.Name))], missing, unused)
        {
            Turned = [.. pairs.Where(p => p.Source.Turned).Select(p => p.Name)],
        };
    }

    private static void Copy(float[] values, Source source, Tensor target)
    {
        using IDisposable noGradient = no_grad();
        using var scope = NewDisposeScope();
        Tensor content = tensor(values, [.. source.Tensor.Dims]);
        target.copy_(source.Turned ? content.t() : content.reshape(target.shape));
    }
}
