using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using static TorchSharp.torch;

namespace SegML.Onnx.Verification;

/// <summary>Runs a written model in ONNX Runtime and compares it with what TorchSharp computed.</summary>
/// <param name="target">The name that the model is going to have.</param>
/// <param name="options">The tolerances.</param>
/// <param name="compute">The module's outputs for an input.</param>
internal sealed class ExportProof(string target, OnnxExportOptions options, Func<IReadOnlyList<Tensor>, IReadOnlyList<Tensor>> compute)
{
    /// <summary>By how much inputs are moved to see what rounding does to a module: some roundings of float32.</summary>
    private const double Nudge = 1e-6;

    /// <summary>Values inside may be this many times farther apart than outputs: some are small differences of large numbers.</summary>
    private const double InnerTolerance = 100;

    /// <summary>Larger models are opened, which takes their memory several times, only when they are found to be wrong.</summary>
    private const long MaxOpened = 256L << 20;

    private const int Seed = 2019;

    private static readonly GraphOptimizationLevel[] LowerLevels =
        [GraphOptimizationLevel.ORT_DISABLE_ALL, GraphOptimizationLevel.ORT_ENABLE_BASIC, GraphOptimizationLevel.ORT_ENABLE_EXTENDED];

    /// <summary>
    /// Compares at every shape with all of ONNX Runtime's optimisations, and at the first and the last shape at each lower level.
    /// </summary>
    /// <returns>The comparison at each shape, with the largest difference of all levels.</returns>
    /// <exception cref="OnnxExportException">ONNX Runtime refuses the model, or the outputs are too far apart.</exception>
    public IReadOnlyList<ShapeParity> Compare(string modelPath, IReadOnlyList<ProbedRun> runs)
    {
        ShapeParity[] parities = Compare(modelPath, runs, GraphOptimizationLevel.ORT_ENABLE_ALL);
        foreach (GraphOptimizationLevel level in LowerLevels)
        {
            ShapeParity[] ends = Compare(modelPath, [runs[0], runs[^1]], level);
            (parities[0], parities[^1]) = (Worse(parities[0], ends[0]), Worse(parities[^1], ends[^1]));
        }
        if (new FileInfo(modelPath).Length <= MaxOpened && Diverging(modelPath, runs[0], InnerTolerance * options.RelativeTolerance) is { } inner)
        {
            throw new OnnxExportException(target, $"would agree in its outputs and differ inside: {Describe(inner)}", $"no file was written; correct the emitter of {inner.ModuleType}")
            { FirstDivergent = inner };
        }
        return parities;
    }

    private static ShapeParity Worse(ShapeParity a, ShapeParity b) => a with
    {
        MaxDifference = Math.Max(a.MaxDifference, b.MaxDifference),
        RelativeDifference = Math.Max(a.RelativeDifference, b.RelativeDifference),
        ArgmaxAgreement = Math.Min(a.ArgmaxAgreement, b.ArgmaxAgreement),
    };

    private ShapeParity[] Compare(string modelPath, IReadOnlyList<ProbedRun> runs, GraphOptimizationLevel level)
    {
        try
        {
            using var model = new OnnxRun(modelPath, level);
            return [.. runs.Select(r => Compare(model, modelPath, runs, r, level))];
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
        ModuleParity? first = Diverging(modelPath, runs[0], options.RelativeTolerance);
        string where = first is null
            ? "every module agrees by itself and without optimisation at the example"
            : Describe(first);
        string apart = found.ActualFinite
            ? string.Create(CultureInfo.InvariantCulture, $"{found.Max:G3} of {found.Range:G3} ({found.Relative:G3} of the largest magnitude; RelativeTolerance is {options.RelativeTolerance:G3})")
            : "NaN or infinity";
        return new OnnxExportException(target, string.Create(CultureInfo.InvariantCulture,
            $"would differ from the module by {apart} in output {output + 1} at the input {Shape(run)} ({level}), with {found.ArgmaxAgreement:P3} of positions of the same class (MinArgmaxAgreement is {options.MinArgmaxAgreement:P3}); {where}"),
            $"no file was written; {Advice(run, output, found, first)}")
        { FirstDivergent = first };
    }

    private static ModuleParity? Diverging(string modelPath, ProbedRun run, double tolerance) => OnnxParityReport.Diverging(
        InnerProof.Compare(modelPath, run.Inputs, run.Trace.Observations.Select(o => (o, o.ValueName))), tolerance);

    private static string Describe(ModuleParity first) => string.Create(CultureInfo.InvariantCulture,
        $"the first module that differs is {first.Name} ({first.ModuleType}): {first.Actual:G6} where TorchSharp has {first.Expected:G6}");

    // A looser tolerance is advised only for what is rounding: when the module itself moves as far for inputs moved in their last digits.
    private string Advice(ProbedRun run, int output, Difference found, ModuleParity? first)
    {
        using var generator = new Generator(Seed, CPU);
        Tensor[] nudged = [.. run.Inputs.Select(i => i.is_floating_point() ? i * (1 + Nudge * randn(i.shape, generator: generator).sign()) : i)];
        Difference own = Difference.Between(run.Outputs[output], compute(nudged)[output]);
        if (found.ActualFinite && found.Max <= own.Max && found.ArgmaxAgreement >= own.ArgmaxAgreement)
        {
            string option = found.Relative > options.RelativeTolerance ? nameof(options.RelativeTolerance) : nameof(options.MinArgmaxAgreement);
            return string.Create(CultureInfo.InvariantCulture,
                $"it is rounding: the module itself moves by {own.Max:G3} when its input moves by {Nudge:G1} of itself; give an example of values that it will meet, or change {option}");
        }
        return first is null ? "report it: the model is right in parts and wrong as a whole" : $"correct the emitter of {first.ModuleType}";
    }

    private static string Shape(ProbedRun run) => $"[{string.Join(", ", run.Inputs[0].shape)}]";
}
