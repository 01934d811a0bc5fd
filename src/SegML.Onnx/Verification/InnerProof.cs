using Microsoft.ML.OnnxRuntime;
using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;
using SegML.Onnx.Tracing;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx.Verification;

/// <summary>Compares the values inside a model with what the modules of its source returned.</summary>
internal static class InnerProof
{
    /// <summary>The bytes of values that are looked at in one run.</summary>
    private const long PartSize = 32 << 20;

    /// <summary>Compares every value that both sides have. Without optimisation, for fused nodes have no values between them.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">Its file.</param>
    /// <param name="inputs">Its inputs.</param>
    /// <param name="expected">What modules returned for these inputs, and what the graph calls it.</param>
    public static (Observation Seen, ModuleParity Parity)[] Compare(ModelProto model, string path, IReadOnlyList<Tensor> inputs, IEnumerable<(Observation Seen, string Value)> expected)
    {
        HashSet<string> computed = [.. GraphValues.Computed(model.Graph)];
        List<(Observation, ModuleParity)> compared = [];
        foreach ((Observation Seen, string Value)[] part in Parts(expected.Where(e => !e.Seen.Expected.IsInvalid && computed.Contains(e.Value))))
        {
            compared.AddRange(Compare(model, path, inputs, part));
            if (part.Sum(p => Bytes(p.Seen)) >= PartSize)
            {
                FreeMemory.Return();
            }
        }
        return [.. compared];
    }

    private static IEnumerable<(Observation, ModuleParity)> Compare(ModelProto model, string path, IReadOnlyList<Tensor> inputs, (Observation Seen, string Value)[] pairs)
    {
        byte[] open = GraphValues.WithOutputs(model, pairs.Select(p => p.Value).Distinct());
        try
        {
            using var scope = NewDisposeScope();
            using var run = new OnnxRun(open, GraphOptimizationLevel.ORT_DISABLE_ALL, Path.GetDirectoryName(Path.GetFullPath(path)));
            Dictionary<string, Tensor> actual = run.Outputs.Zip(run.Run(inputs)).ToDictionary(p => p.First, p => p.Second);
            return [.. pairs.Select(p => (p.Seen, Compare(p.Seen, actual[p.Value])))];
        }
        catch (OnnxRuntimeException e)
        {
            throw new OnnxExportException(path, $"cannot be run by ONNX Runtime ({e.Message.TrimEnd('.')})", "export the module again", e);
        }
    }

    // So many at a time that they do not take more memory than the weights of a usual model.
    private static IEnumerable<(Observation Seen, string Value)[]> Parts(IEnumerable<(Observation Seen, string Value)> pairs)
    {
        List<(Observation, string)> part = [];
        long bytes = 0;
        foreach ((Observation Seen, string Value) pair in pairs)
        {
            part.Add(pair);
            bytes += Bytes(pair.Seen);
            if (bytes >= PartSize)
            {
                yield return [.. part];
                (part, bytes) = ([], 0);
            }
        }
        if (part.Count > 0)
        {
            yield return [.. part];
        }
    }

    private static long Bytes(Observation seen) => seen.Expected.numel() * sizeof(float);

    private static ModuleParity Compare(Observation seen, Tensor actual)
    {
        Difference d = Difference.Between(seen.Expected, actual, argmax: false);
        return new ModuleParity(seen.Name, seen.ModuleType, d.Max, d.Range, d.Expected, d.Actual) { Finite = d.ExpectedFinite };
    }
}
