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
    /// <summary>Compares every value that both sides have. Without optimisation, for fused nodes have no values between them.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">Its file.</param>
    /// <param name="inputs">Its inputs.</param>
    /// <param name="expected">What modules returned for these inputs, and what the graph calls it.</param>
    public static (Observation Seen, ModuleParity Parity)[] Compare(ModelProto model, string path, IReadOnlyList<Tensor> inputs, IEnumerable<(Observation Seen, string Value)> expected)
    {
        HashSet<string> computed = [.. GraphValues.Computed(model.Graph)];
        (Observation Seen, string Value)[] pairs = [.. expected.Where(e => computed.Contains(e.Value))];
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

    private static ModuleParity Compare(Observation seen, Tensor actual)
    {
        Difference d = Difference.Between(seen.Expected, actual);
        return new ModuleParity(seen.Name, seen.ModuleType, d.Max, d.Range, d.Expected, d.Actual) { Finite = d.ExpectedFinite };
    }
}
