using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;
using SegML.Onnx.Tracing;
using SegML.Onnx.Verification;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx;

/// <summary>
/// Writes TorchSharp modules as ONNX models. A module is run on an example input to see which modules it calls on which tensors;
/// each is expressed by ONNX operators; and the file gets its name only after ONNX Runtime has computed from it what TorchSharp
/// computes, at several sizes.
/// </summary>
/// <remarks>
/// What the module computes between modules must be modules too: <c>SegML.Onnx.Modules</c> has the usual operations. A bare
/// operation on a tensor is found out and named. The graph shows the calls in the order of the run: C# code that decides by the
/// size of the input what to call is found out as well, since further sizes are traced.
/// </remarks>
public static class OnnxExporter
{
    /// <summary>The lowest opset that can be written.</summary>
    public const int MinOpset = 13;

    /// <summary>The highest opset that can be written.</summary>
    public const int MaxOpset = 23;

    /// <summary>Exports a module with one input.</summary>
    /// <param name="module">The module, in evaluation mode, on the CPU, in float32. It is run, and left as it was.</param>
    /// <param name="exampleInput">An input that the module accepts, with values like those it will meet: <c>[N, C, H, W]</c>.</param>
    /// <param name="path">The model file to write. A file of that name is replaced, but only by a proven one.</param>
    /// <param name="options">Names, opset, tolerances; the defaults when null.</param>
    /// <returns>Where the model is, and how closely it agrees.</returns>
    /// <exception cref="OnnxExportException">The module cannot be exported, or ONNX Runtime does not agree with it. No file is left.</exception>
    public static OnnxExportReport Export(nn.Module module, Tensor exampleInput, string path, OnnxExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(exampleInput);
        return Export(module, [exampleInput], path, options);
    }

    /// <summary>Exports a module with any number of inputs.</summary>
    /// <inheritdoc cref="Export(nn.Module, Tensor, string, OnnxExportOptions?)"/>
    /// <param name="module">The module, in evaluation mode, on the CPU, in float32. It is run, and left as it was.</param>
    /// <param name="exampleInputs">One input for each argument of the module's forward, in order.</param>
    /// <param name="path">The model file to write. A file of that name is replaced, but only by a proven one.</param>
    /// <param name="options">Names, opset, tolerances; the defaults when null.</param>
    public static OnnxExportReport Export(nn.Module module, IReadOnlyList<Tensor> exampleInputs, string path, OnnxExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(exampleInputs);
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfZero(exampleInputs.Count, nameof(exampleInputs));
        options ??= new OnnxExportOptions();
        options.Check();
        ModuleGuard.Check(module);
        ModuleGuard.CheckInputs(exampleInputs);

        using var scope = NewDisposeScope();
        (IReadOnlyList<ProbedRun> runs, IReadOnlyList<int> axes) = new ShapeProbe(inputs => Trace(module, inputs, options), exampleInputs, options).Run();
        ModelProto model = ModelBuilder.Build(runs, options with { GraphName = options.GraphName ?? module.GetType().Name });
        IReadOnlyList<ShapeParity> parity = [];
        int nodes = model.Graph.Node.Count;
        var proof = new ExportProof(path, options, (written, inputs) =>
            OnnxParity.Compare(module, written, inputs, OnnxParity.DefaultTolerance, options.Emitters).FirstDivergent,
            inputs => Trace(module, inputs, options).Outputs);
        string? weights = null;
        ModelFile.Write(path, model, temporary =>
        {
            weights = ExternalData.Locations(model).FirstOrDefault();
            Free(model);
            parity = proof.Compare(temporary, runs);
        }, options.MaxEmbeddedWeights);
        return new OnnxExportReport
        {
            Path = path,
            FileSize = new FileInfo(path).Length,
            WeightsFile = weights is null ? null : Path.Combine(Path.GetDirectoryName(path)!, weights),
            Parameters = module.parameters().Sum(p => p.numel()),
            Nodes = nodes,
            DynamicAxes = axes,
            Shapes = parity,
        };
    }

    // The file has the weights now. ONNX Runtime is going to need several times their memory, which the collector does not see.
    private static void Free(ModelProto model)
    {
        bool large = model.Graph.Initializer.Sum(i => (long)i.RawData.Length) > 16 << 20;
        model.Graph.Initializer.Clear();
        if (large)
        {
            // Aggressive: it also gives the memory back to the system.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        }
    }

    private static ProbedRun Trace(nn.Module module, IReadOnlyList<Tensor> inputs, OnnxExportOptions options)
    {
        // Copies, for a module may write into its input.
        Tensor[] copies = [.. inputs.Select(i => i.detach().clone())];
        (ModuleTrace trace, IReadOnlyList<Tensor> outputs) = ModuleTracer.Run(module, copies, options.Emitters.IsUnit);
        return new ProbedRun(inputs, trace, outputs);
    }
}
