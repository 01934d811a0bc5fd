using SegML.Onnx.Analysis;
using SegML.Onnx.Emission;
using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;
using SegML.Onnx.Tracing;
using SegML.Onnx.Verification;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx;

/// <summary>
/// Writes TorchSharp modules as ONNX models. A module is run on an example input, and libtorch's own tracer sees every operation; each is expressed by ONNX
/// operators; and the file gets its name only after ONNX Runtime has computed from it what TorchSharp computes, at several sizes.
/// </summary>
/// <remarks>
/// Further sizes are traced as well: C# code that decides by the size what to compute is found out, and numbers that it computes from sizes are expressed by the
/// inputs' dimensions. Where libtorch cannot be traced (not Linux x64, or another version), modules are seen by their hooks, and what is computed between
/// them must be modules too: <c>SegML.Onnx.Modules</c> has the usual operations.
/// </remarks>
public static class OnnxExporter
{
    /// <summary>The lowest opset that can be written.</summary>
    public const int MinOpset = 13;

    /// <summary>The highest opset that can be written.</summary>
    public const int MaxOpset = 23;

    /// <summary>How often sizes at which a graph proves wrong are added to those that it is made of, before dimensions are fixed.</summary>
    private const int MostCoincidences = 2;

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
        HiddenCaches.Correct();
        ModuleGuard.Check(module);
        ModuleGuard.CheckInputs(exampleInputs);

        if (options.TraceOperations)
        {
            Tracer.WarmUp(module, exampleInputs);
        }
        List<string> remarks = [];
        foreach (OnnxExportOptions attempt in Attempts(options, exampleInputs))
        {
            try
            {
                return Export(module, exampleInputs, path, attempt, remarks);
            }
            catch (OnnxExportException e) when (e.SizeDependent && attempt.Dynamic && options.DynamicAxes is null && options.VerifyShapes is null && options.TraceOperations)
            {
                remarks.Add(e.Message);
            }
        }
        throw new System.Diagnostics.UnreachableException();
    }

    /// <summary>A module's graph at one size, with its constants under the names of its parameters and buffers, not proven.</summary>
    internal static GraphProto GraphOf(nn.Module module, Tensor exampleInput)
    {
        ModuleGuard.Check(module);
        ModuleGuard.CheckInputs([exampleInput]);
        var options = new OnnxExportOptions { Dynamic = false, FoldBatchNorm = false };
        if (options.TraceOperations)
        {
            Tracer.WarmUp(module, [exampleInput]);
        }
        using var scope = NewDisposeScope();
        (IReadOnlyList<ProbedRun> runs, _, _) = new ShapeProbe(inputs => Trace(module, inputs, options, observe: false), [exampleInput], options).Run();
        return ModelBuilder.Build(runs, options).Model.Graph;
    }

    // What cannot be exported for all sizes is exported for any batch, for any size of the example's batch, or for the example's sizes.
    private static IEnumerable<OnnxExportOptions> Attempts(OnnxExportOptions options, IReadOnlyList<Tensor> exampleInputs)
    {
        if (!options.Dynamic || options.DynamicAxes is not null)
        {
            return [options];
        }
        IEnumerable<string> batches = exampleInputs.Where(e => e.dim() > 0).Select(e => AxisNames.Of((int)e.dim(), options)[0]);
        return [options, options with { DynamicAxes = [0] }, options with { FixedAxes = [.. options.FixedAxes, .. batches] }, options with { Dynamic = false }];
    }

    private static OnnxExportReport Export(nn.Module module, IReadOnlyList<Tensor> exampleInputs, string path, OnnxExportOptions options, List<string> remarks)
    {
        using var scope = NewDisposeScope();
        bool observe = true; // At the example only.
        ProbedRun Observed(IReadOnlyList<Tensor> inputs)
        {
            ProbedRun run = Trace(module, inputs, options, observe);
            observe = false;
            return run;
        }

        var probe = new ShapeProbe(Observed, exampleInputs, options);
        (IReadOnlyList<ProbedRun> runs, ProbedRun? heldOut, IReadOnlyList<int> axes) = probe.Run();
        long parameters = module.parameters().Sum(p => p.numel());
        if (parameters * sizeof(float) > FreeMemory.Large)
        {
            FreeMemory.Return(); // What the runs have used.
        }
        remarks.AddRange(runs[0].Trace.ReadByCode.Distinct().Select(r => $"{r} computes a number that C# code reads: if code decides by it, the model shows the way that the examples took"));
        remarks.AddRange(runs[0].Trace.WrittenState.Select(s => $"{s} is written to by the module's forward: the model has it as it is now at the start of every run, and does not keep what it writes"));
        var proven = new OnnxExportReport { Path = path, FileSize = 0, Parameters = parameters, Nodes = 0, DynamicAxes = axes, Shapes = [], Remarks = remarks };
        for (int more = 1; ; more++)
        {
            try
            {
                return Write(module, runs, heldOut, options, proven);
            }
            catch (OnnxExportException e) when (e.IsCoincidence && more <= MostCoincidences)
            {
                (runs, heldOut) = ([.. runs, heldOut!], probe.HeldOut(runs[0], more));
            }
        }
    }

    private static OnnxExportReport Write(nn.Module module, IReadOnlyList<ProbedRun> runs, ProbedRun? heldOut, OnnxExportOptions options, OnnxExportReport report)
    {
        (ModelProto model, GraphProto unfolded) = ModelBuilder.Build(runs, options with { GraphName = options.GraphName ?? module.GetType().Name });
        ModelProperties.Set(model, options.Metadata);
        runs[0].Trace.ForgetUnless([.. GraphValues.Computed(model.Graph)]);
        IReadOnlyList<ShapeParity> parity = [];
        int nodes = model.Graph.Node.Count;
        var proof = new ExportProof(report.Path, options, unfolded, inputs => Trace(module, inputs, options, observe: true));
        string? weights = null;
        ModelFile.Write(report.Path, model, temporary =>
        {
            weights = ExternalData.Locations(model).FirstOrDefault();
            model.Graph.Initializer.Clear(); // The file has the weights now.
            parity = proof.Compare(temporary, runs, heldOut);
        }, options.MaxEmbeddedWeights);
        return report with
        {
            FileSize = new FileInfo(report.Path).Length,
            WeightsFile = weights is null ? null : Path.Combine(Path.GetDirectoryName(report.Path)!, weights),
            Nodes = nodes,
            Shapes = parity,
        };
    }

    private static ProbedRun Trace(nn.Module module, IReadOnlyList<Tensor> inputs, OnnxExportOptions options, bool observe)
    {
        // Copies, for a module may write into its input.
        Tensor[] copies = [.. inputs.Select(i => i.detach().clone())];
        (ModuleTrace trace, IReadOnlyList<Tensor> outputs) = Tracer.Run(module, copies, options.Emitters, options.TraceOperations, observe);
        return new ProbedRun(inputs, trace, outputs);
    }
}
