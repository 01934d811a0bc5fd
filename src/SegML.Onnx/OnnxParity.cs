using SegML.Onnx.Emission;
using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;
using SegML.Onnx.Tracing;
using SegML.Onnx.Verification;
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
        using var scope = NewDisposeScope();
        (ModuleTrace trace, _) = Tracer.Run(module, [.. inputs.Select(i => i.detach().clone())], emitters ?? new OnnxEmitters(), operations: true, observe: true);
        return ModelBoundary.Cross(modelPath, () => Compare(modelPath, trace, inputs, tolerance));
    }

    private static OnnxParityReport Compare(string modelPath, ModuleTrace trace, IReadOnlyList<Tensor> inputs, double tolerance)
    {
        ModelProto model = ModelFile.Read(modelPath);
        HashSet<string> units = [.. trace.Calls.OfType<ModuleCall>().Select(c => c.Name)];
        HashSet<string> reserved = [.. model.Graph.Input.Concat(model.Graph.Output).Select(v => v.Name)], computed = [.. GraphValues.Computed(model.Graph)];
        (Observation Seen, string Value)[] pairs = [.. trace.Observations.Where(o => units.Contains(o.Name)).Select(o => (o, ValueName(model, trace, o, reserved)))];
        return new OnnxParityReport
        {
            Modules = [.. InnerProof.Compare(model, modelPath, inputs, pairs).Select(p => p.Parity)],
            NotCompared = [.. pairs.Where(p => !computed.Contains(p.Value)).Select(p => p.Seen.Name)],
            Tolerance = tolerance,
        };
    }

    private static string ValueName(ModelProto model, ModuleTrace trace, Observation seen, HashSet<string> reserved)
    {
        int leaves = trace.Outputs.ToList().IndexOf(seen.Value);
        return leaves >= 0 && leaves < model.Graph.Output.Count ? model.Graph.Output[leaves].Name : ModelBuilder.ValueName(seen.Name, seen.Output, reserved);
    }
}
