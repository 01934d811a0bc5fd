using Microsoft.ML.OnnxRuntime;
using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;
using SegML.Onnx.Tracing;
using SegML.Onnx.Verification;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx;

/// <summary>Finds out where a model stops computing what its module computes.</summary>
public static class OnnxParity
{
    internal const double DefaultTolerance = 1e-4;

    /// <summary>
    /// Runs the module and the model on one input and compares the output of every module that both have, joined by name.
    /// </summary>
    /// <param name="module">The module that the model was exported from, in evaluation mode.</param>
    /// <param name="modelPath">The model, as <see cref="OnnxExporter"/> wrote it.</param>
    /// <param name="input">An input that the module accepts.</param>
    /// <param name="tolerance">The largest difference that counts as equal, as a share of each output's largest magnitude. 1e-4 by default.</param>
    /// <param name="emitters">The table that the model was exported with; the built-in one when null.</param>
    /// <exception cref="OnnxExportException">The module cannot be traced, or the file is not a model that ONNX Runtime runs.</exception>
    public static OnnxParityReport Compare(nn.Module module, string modelPath, Tensor input, double tolerance = DefaultTolerance, OnnxEmitters? emitters = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        return Compare(module, modelPath, [input], tolerance, emitters);
    }

    /// <summary>Compares a module with several inputs.</summary>
    /// <inheritdoc cref="Compare(nn.Module, string, Tensor, double, OnnxEmitters?)"/>
    /// <param name="module">The module that the model was exported from, in evaluation mode.</param>
    /// <param name="modelPath">The model, as <see cref="OnnxExporter"/> wrote it.</param>
    /// <param name="inputs">One input for each argument of the module's forward, in order.</param>
    /// <param name="tolerance">The largest difference that counts as equal, as a share of each output's largest magnitude. 1e-4 by default.</param>
    /// <param name="emitters">The table that the model was exported with; the built-in one when null.</param>
    public static OnnxParityReport Compare(nn.Module module, string modelPath, IReadOnlyList<Tensor> inputs, double tolerance = DefaultTolerance, OnnxEmitters? emitters = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentException.ThrowIfNullOrEmpty(modelPath);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentOutOfRangeException.ThrowIfZero(inputs.Count, nameof(inputs));
        ArgumentOutOfRangeException.ThrowIfNegative(tolerance);
        ModuleGuard.Check(module);
        ModelProto model = ModelFile.Read(modelPath);
        using var scope = NewDisposeScope();
        List<(ModuleCall Call, Tensor[] Outputs)> calls = [];
        (ModuleTrace trace, _) = ModuleTracer.Run(module, [.. inputs.Select(i => i.detach().clone())], (emitters ?? new OnnxEmitters()).IsUnit, (call, outputs) =>
            calls.Add((call, [.. outputs.Select(o => o.clone().DetachFromDisposeScope())])));
        try
        {
            (ModuleCall Call, Tensor Expected, string Value)[] pairs = [.. calls.SelectMany(c =>
                c.Outputs.Select((o, i) => (c.Call, o, ValueName(model, trace, c.Call, i))))];
            Dictionary<string, Tensor> values = Run(model, modelPath, inputs, [.. pairs.Select(p => p.Value)]);
            return Report(pairs, values, tolerance);
        }
        finally
        {
            calls.ForEach(c => Array.ForEach(c.Outputs, o => o.Dispose()));
        }
    }

    private static string ValueName(ModelProto model, ModuleTrace trace, ModuleCall call, int output)
    {
        int leaves = trace.Outputs.ToList().IndexOf(call.Outputs[output]);
        return leaves >= 0 && leaves < model.Graph.Output.Count
            ? model.Graph.Output[leaves].Name
            : ModelBuilder.ValueName(call, output, new HashSet<string>(model.Graph.Input.Concat(model.Graph.Output).Select(v => v.Name)));
    }

    private static OnnxParityReport Report((ModuleCall Call, Tensor Expected, string Value)[] pairs, Dictionary<string, Tensor> values, double tolerance)
    {
        List<ModuleParity> compared = [];
        foreach ((ModuleCall call, Tensor expected, string value) in pairs.Where(p => values.ContainsKey(p.Value)))
        {
            Difference d = Difference.Between(expected, values[value]);
            compared.Add(new ModuleParity(call.Name, call.Module.GetType().Name, d.Max, d.Range, d.Expected, d.Actual));
        }
        string[] missing = [.. pairs.Where(p => !values.ContainsKey(p.Value)).Select(p => p.Call.Name)];
        return new OnnxParityReport { Modules = compared, NotCompared = missing, Tolerance = tolerance };
    }

    // The values that are compared become outputs. Without optimisation, for fused nodes have no values between them.
    private static Dictionary<string, Tensor> Run(ModelProto model, string path, IReadOnlyList<Tensor> inputs, HashSet<string> wanted)
    {
        byte[] open = GraphValues.WithOutputs(model, GraphValues.Computed(model.Graph).Where(wanted.Contains));
        try
        {
            using var run = new OnnxRun(open, GraphOptimizationLevel.ORT_DISABLE_ALL, Path.GetDirectoryName(Path.GetFullPath(path)));
            return run.Outputs.Zip(run.Run(inputs)).ToDictionary(p => p.First, p => p.Second);
        }
        catch (OnnxRuntimeException e)
        {
            throw new OnnxExportException(path, $"cannot be run by ONNX Runtime ({e.Message.TrimEnd('.')})", "export the module again", e);
        }
    }
}
