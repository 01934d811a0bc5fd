using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using static TorchSharp.torch;

namespace SegML.Onnx.Verification;

/// <summary>Runs a written model in ONNX Runtime and compares it with what TorchSharp computed.</summary>
/// <param name="target">The name that the model is going to have.</param>
/// <param name="options">The tolerances.</param>
/// <param name="locate">Finds the first module that differs, from a model file and inputs; null when none does.</param>
internal sealed class ExportProof(string target, OnnxExportOptions options, Func<string, IReadOnlyList<Tensor>, ModuleParity?> locate)
{
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
        return parities;
    }

    private static ShapeParity Worse(ShapeParity a, ShapeParity b) => a with
    {
        MaxDifference = Math.Max(a.MaxDifference, b.MaxDifference),
        ArgmaxAgreement = Math.Min(a.ArgmaxAgreement, b.ArgmaxAgreement),
    };

    private ShapeParity[] Compare(string modelPath, IReadOnlyList<ProbedRun> runs, GraphOptimizationLevel level)
    {
        try
        {
            using var model = new OnnxRun(modelPath, level);
            return [.. runs.Select(r => Compare(model, modelPath, r, level))];
        }
        catch (OnnxRuntimeException e)
        {
            bool unknown = e.Message.Contains("No Op registered", StringComparison.Ordinal) || e.Message.Contains("is not a registered", StringComparison.Ordinal);
            throw new OnnxExportException(target, $"is refused by ONNX Runtime ({e.Message.TrimEnd('.')})", unknown
                ? $"write it for a later opset than {options.Opset} if it has that operator (OnnxExportOptions.Opset), or correct the emitter; no file was written"
                : "correct the emitter of the module that the message names; no file was written", e);
        }
    }

    private ShapeParity Compare(OnnxRun model, string modelPath, ProbedRun run, GraphOptimizationLevel level)
    {
        double max = 0, range = 0, agreement = 1;
        bool close = true;
        Tensor[] actual = model.Run(run.Inputs);
        for (int i = 0; i < actual.Length; i++)
        {
            Difference difference = Difference.Between(run.Outputs[i], actual[i]);
            close &= difference.Max <= options.Tolerance + options.RelativeTolerance * difference.Range
                && difference.ArgmaxAgreement >= options.MinArgmaxAgreement;
            max = Math.Max(max, difference.Max);
            range = Math.Max(range, difference.Range);
            agreement = Math.Min(agreement, difference.ArgmaxAgreement);
            actual[i].Dispose();
        }
        long[] shape = run.Inputs[0].shape;
        return close ? new ShapeParity(shape, max, range, agreement) : throw Differs(modelPath, run, level, shape, (max, range, agreement));
    }

    private OnnxExportException Differs(string modelPath, ProbedRun run, GraphOptimizationLevel level, long[] shape, (double Max, double Range, double Agreement) found)
    {
        ModuleParity? first = locate(modelPath, run.Inputs);
        string where = first is null
            ? "every module agrees by itself and without optimisation"
            : string.Create(CultureInfo.InvariantCulture, $"the first module that differs is {first.Name} ({first.ModuleType}): {first.Actual:G6} where TorchSharp has {first.Expected:G6}");
        string option = found.Max <= options.Tolerance + options.RelativeTolerance * found.Range ? "MinArgmaxAgreement" : "Tolerance or RelativeTolerance";
        return new OnnxExportException(target, string.Create(CultureInfo.InvariantCulture,
            $"would differ from the module by {found.Max:G3} of {found.Range:G3} at the input [{string.Join(", ", shape)}] ({level}; allowed {options.Tolerance:G3} + {options.RelativeTolerance:G3} of the range), with {found.Agreement:P3} of positions of the same class (at least {options.MinArgmaxAgreement:P3}); {where}"),
            first is null
                ? $"no file was written; if the difference is one of rounding, allow it by {option}"
                : $"no file was written; correct the emitter of {first.ModuleType}, or allow the difference by {option}")
        { FirstDivergent = first };
    }
}
