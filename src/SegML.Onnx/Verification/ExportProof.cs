using System.Globalization;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;
using SegML.Onnx.Tracing;
using static TorchSharp.torch;

namespace SegML.Onnx.Verification;

/// <summary>Runs a written model in ONNX Runtime and compares it with what TorchSharp computed.</summary>
/// <param name="target">The name that the model is going to have.</param>
/// <param name="options">The tolerances.</param>
/// <param name="unfolded">The model's graph with the module's own constants.</param>
/// <param name="trace">Runs the module on an input.</param>
internal sealed class ExportProof(string target, OnnxExportOptions options, GraphProto unfolded, Func<IReadOnlyList<Tensor>, ProbedRun> trace)
{
    /// <summary>By how much inputs are moved to see what rounding does to a module: some roundings of float32.</summary>
    private const double Nudge = 1e-6;

    /// <summary>Values inside may be this many times farther apart than rounding moves them: some are small differences of large numbers.</summary>
    private const double InnerTolerance = 10;

    private const int Seed = 2019;

    private bool _agreesInside;

    private static readonly GraphOptimizationLevel[] LevelsBetween = [GraphOptimizationLevel.ORT_ENABLE_BASIC, GraphOptimizationLevel.ORT_ENABLE_EXTENDED];

    /// <summary>
    /// Compares at every shape without and with all of ONNX Runtime's optimisations, at the first and the last shape at each level between them, and inside without any.
    /// </summary>
    /// <param name="modelPath">The written model.</param>
    /// <param name="runs">The runs that it was made of.</param>
    /// <param name="heldOut">One that it was not made of, if there is any: numbers in it that only happened to fit are wrong there.</param>
    /// <param name="again">Whether the runs are needed again afterwards; else what modules returned in them is freed once it is compared.</param>
    /// <returns>The comparison at each shape, with the largest difference of all levels.</returns>
    /// <exception cref="OnnxExportException">ONNX Runtime refuses the model, or the outputs are too far apart.</exception>
    public IReadOnlyList<ShapeParity> Compare(string modelPath, IReadOnlyList<ProbedRun> runs, ProbedRun? heldOut, bool again = false)
    {
        _agreesInside = false;
        Action free = FreeMemory.IsWorth(unfolded) ? FreeMemory.Return : () => { };
        free();
        ModelProto structure = ModelStructure.Read(modelPath);
        byte[] content = structure.ToByteArray();
        ShapeParity[] parities = Compare(modelPath, runs, runs, GraphOptimizationLevel.ORT_DISABLE_ALL, () => Mapped(content, modelPath, GraphOptimizationLevel.ORT_DISABLE_ALL));
        foreach (GraphOptimizationLevel level in LevelsBetween)
        {
            ShapeParity[] ends = Compare(modelPath, runs, [runs[0], runs[^1]], level, () => Mapped(content, modelPath, level));
            (parities[0], parities[^1]) = (Worse(parities[0], ends[0]), Worse(parities[^1], ends[^1]));
        }
        ShapeParity[] atHeldOut = heldOut is null ? [] : [HeldOut(content, modelPath, heldOut)];
        free();
        CompareInside(structure, modelPath, runs[0]);
        _agreesInside = true;
        if (!again)
        {
            runs[0].Trace.ForgetUnless([]); // Loading the file as a whole takes the most memory.
        }
        free();
        ShapeParity[] whole = Compare(modelPath, runs, runs, GraphOptimizationLevel.ORT_ENABLE_ALL, () => new OnnxRun(modelPath));
        return [.. parities.Zip(whole, Worse), .. atHeldOut];
    }

    // With its weights where they are in the file: loading them takes most of the time, and is seen to go well by itself.
    private static OnnxRun Mapped(byte[] structure, string modelPath, GraphOptimizationLevel level) => new(structure, level, Path.GetDirectoryName(Path.GetFullPath(modelPath)));

    private void CompareInside(ModelProto model, string modelPath, ProbedRun run)
    {
        if (new ConstantsProof(unfolded, modelPath).FirstWrong(model.Graph) is { } wrong)
        {
            throw new OnnxExportException(target, $"would hold another {wrong} than the module", "no file was written; report it");
        }
        if (Inside(model, modelPath, run) is { } inner)
        {
            throw new OnnxExportException(target, $"would agree in its outputs and differ inside: {Describe(inner)}", $"no file was written; correct the emitter of {inner.ModuleType}")
            { FirstDivergent = inner };
        }
    }

    private ShapeParity HeldOut(byte[] structure, string modelPath, ProbedRun heldOut)
    {
        try
        {
            return Compare(modelPath, [heldOut], [heldOut], GraphOptimizationLevel.ORT_ENABLE_ALL, () => Mapped(structure, modelPath, GraphOptimizationLevel.ORT_ENABLE_ALL))[0];
        }
        catch (OnnxExportException e) when (!e.IsRounding)
        {
            throw new OnnxExportException(target, $"would be right at the sizes that were traced and not at {Shape(heldOut)}: a number that C# code computes from sizes was taken for another ({e.Message.TrimEnd('.')})",
                "compute it from the shape of a tensor by +, -, * and /, or fix the size: OnnxExportOptions.FixedAxes, or Dynamic = false", e)
            { SizeDependent = true, IsCoincidence = true };
        }
    }

    // The first value inside that differs by more than the tolerance and by more than rounding moves it.
    private ModuleParity? Inside(ModelProto model, string modelPath, ProbedRun run)
    {
        IReadOnlyList<Observation> seen = run.Trace.Observations;
        (Observation Seen, ModuleParity Parity)[] pairs = InnerProof.Compare(model, modelPath, run.Inputs, seen.Select(o => (o, o.ValueName)));
        if (OnnxParityReport.Diverging([.. pairs.Select(p => p.Parity)], options.RelativeTolerance) is null)
        {
            return null;
        }
        IReadOnlyList<Observation> moved = trace(Nudged(run)).Trace.Observations;
        double Own(Observation of) => moved.Count == seen.Count ? Difference.Between(of.Expected, moved[seen.ToList().IndexOf(of)].Expected).Max : 0;
        return OnnxParityReport.Diverging([.. pairs.Select(p => p.Parity.MaxDifference <= InnerTolerance * Own(p.Seen) ? p.Parity with { MaxDifference = 0 } : p.Parity)], options.RelativeTolerance);
    }

    private static ShapeParity Worse(ShapeParity a, ShapeParity b) => a with
    {
        MaxDifference = Math.Max(a.MaxDifference, b.MaxDifference),
        RelativeDifference = Math.Max(a.RelativeDifference, b.RelativeDifference),
        ArgmaxAgreement = Math.Min(a.ArgmaxAgreement, b.ArgmaxAgreement),
    };

    private ShapeParity[] Compare(string modelPath, IReadOnlyList<ProbedRun> runs, IReadOnlyList<ProbedRun> compared, GraphOptimizationLevel level, Func<OnnxRun> open)
    {
        try
        {
            using OnnxRun model = open();
            return [.. compared.Select(r => Compare(model, modelPath, runs, r, level))];
        }
        catch (OnnxRuntimeException e)
        {
            bool unknown = e.Message.Contains("No Op registered", StringComparison.Ordinal) || e.Message.Contains("is not a registered", StringComparison.Ordinal);
            throw new OnnxExportException(target, $"is refused by ONNX Runtime ({e.Message.TrimEnd('.')})", unknown
                ? $"write it for a later opset than {options.Opset} if it has that operator (OnnxExportOptions.Opset), or correct the emitter; no file was written"
                : "correct the emitter of the module that the message names; no file was written", e);
        }
    }

    private ShapeParity Compare(OnnxRun model, string modelPath, IReadOnlyList<ProbedRun> runs, ProbedRun run, GraphOptimizationLevel level)
    {
        double max = 0, range = 0, relative = 0, agreement = 1;
        Tensor[] actual = model.Run(run.Inputs);
        for (int i = 0; i < actual.Length; i++)
        {
            Difference difference = Difference.Between(run.Outputs[i], actual[i]);
            if (!difference.ExpectedFinite)
            {
                throw new OnnxExportException(target, $"cannot be compared: the module returns NaN or infinity in output {i + 1} at the input {Shape(run)}",
                    "no file was written; give an example input of values that the module will meet, or return finite values");
            }
            if (!difference.ActualFinite || difference.Relative > options.RelativeTolerance || difference.ArgmaxAgreement < options.MinArgmaxAgreement)
            {
                throw Differs(modelPath, runs, run, level, i, difference);
            }
            max = Math.Max(max, difference.Max);
            range = Math.Max(range, difference.Range);
            relative = Math.Max(relative, difference.Relative);
            agreement = Math.Min(agreement, difference.ArgmaxAgreement);
            actual[i].Dispose();
        }
        return new ShapeParity(run.Inputs[0].shape, max, range, relative, agreement);
    }

    private OnnxExportException Differs(string modelPath, IReadOnlyList<ProbedRun> runs, ProbedRun run, GraphOptimizationLevel level, int output, Difference found)
    {
        ModuleParity? first = _agreesInside ? null : Diverging(modelPath, runs[0], options.RelativeTolerance);
        string where = first is null
            ? "every module agrees by itself and without optimisation at the example"
            : Describe(first);
        (string advice, bool isRounding) = Advice(run, output, found, first);
        string apart = found.ActualFinite
            ? string.Create(CultureInfo.InvariantCulture, $"{found.Max:G3} of {found.Range:G3} ({found.Relative:G3} of the largest magnitude; RelativeTolerance is {options.RelativeTolerance:G3})")
            : "NaN or infinity";
        return new OnnxExportException(target, string.Create(CultureInfo.InvariantCulture,
            $"would differ from the module by {apart} in output {output + 1} at the input {Shape(run)} ({level}), with {found.ArgmaxAgreement:P3} of positions of the same class (MinArgmaxAgreement is {options.MinArgmaxAgreement:P3}); {where}"),
            $"no file was written; {advice}")
        { FirstDivergent = first, IsRounding = isRounding };
    }

    private static ModuleParity? Diverging(string modelPath, ProbedRun run, double tolerance) => OnnxParityReport.Diverging(
        [.. InnerProof.Compare(ModelStructure.Read(modelPath), modelPath, run.Inputs, run.Trace.Observations.Select(o => (o, o.ValueName))).Select(p => p.Parity)], tolerance);

    private static string Describe(ModuleParity first) => string.Create(CultureInfo.InvariantCulture,
        $"the first module that differs is {first.Name} ({first.ModuleType}): {first.Actual:G6} where TorchSharp has {first.Expected:G6}");

    // A looser tolerance is advised only for what is rounding: when the module itself moves as far for inputs moved in their last digits.
    private (string Advice, bool IsRounding) Advice(ProbedRun run, int output, Difference found, ModuleParity? first)
    {
        if (Difference.Between(run.Outputs[output], trace(run.Inputs).Outputs[output]).Max > 0)
        {
            return ("the module returns other values each time that it is run; take what draws at random out of its forward", false);
        }
        Difference own = Difference.Between(run.Outputs[output], trace(Nudged(run)).Outputs[output]);
        if (found.ActualFinite && found.Max <= own.Max && found.ArgmaxAgreement >= own.ArgmaxAgreement)
        {
            string option = found.Relative > options.RelativeTolerance ? nameof(options.RelativeTolerance) : nameof(options.MinArgmaxAgreement);
            return (string.Create(CultureInfo.InvariantCulture,
                $"it is rounding: the module itself moves by {own.Max:G3} when its input moves by {Nudge:G1} of itself; give an example of values that it will meet, or change {option}"), true);
        }
        return (first is null ? "report it: the model is right in parts and wrong as a whole" : $"correct the emitter of {first.ModuleType}", false);
    }

    private static Tensor[] Nudged(ProbedRun run)
    {
        using var generator = new Generator(Seed, CPU);
        return [.. run.Inputs.Select(i => i.is_floating_point() ? i * (1 + Nudge * randn(i.shape, generator: generator).sign()) : i)];
    }

    private static string Shape(ProbedRun run) => $"[{string.Join(", ", run.Inputs[0].shape)}]";
}
