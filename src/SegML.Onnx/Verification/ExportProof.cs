using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using static TorchSharp.torch;

namespace SegML.Onnx.Verification;

/// <summary>Runs a written model in ONNX Runtime and compares it with what TorchSharp computed.</summary>
internal static class ExportProof
{
    /// <summary>Compares at every shape with all of ONNX Runtime's optimisations, and at the last shape at each lower level.</summary>
    /// <exception cref="OnnxExportException">ONNX Runtime refuses the model, or the outputs are too far apart.</exception>
    public static IReadOnlyList<ShapeParity> Compare(string modelPath, string target, IReadOnlyList<ProbedRun> runs, OnnxExportOptions options)
    {
        ShapeParity[] parities = Compare(modelPath, target, runs, options, GraphOptimizationLevel.ORT_ENABLE_ALL);
        foreach (GraphOptimizationLevel level in (GraphOptimizationLevel[])
            [GraphOptimizationLevel.ORT_DISABLE_ALL, GraphOptimizationLevel.ORT_ENABLE_BASIC, GraphOptimizationLevel.ORT_ENABLE_EXTENDED])
        {
            Compare(modelPath, target, [runs[^1]], options, level);
        }
        return parities;
    }

    private static ShapeParity[] Compare(string modelPath, string target, IReadOnlyList<ProbedRun> runs, OnnxExportOptions options,
        GraphOptimizationLevel level)
    {
        try
        {
            using var model = new OnnxRun(modelPath, level);
            return [.. runs.Select(r => Compare(model, target, r, options, level))];
        }
        catch (OnnxRuntimeException e)
        {
            throw new OnnxExportException(target, $"is refused by ONNX Runtime ({e.Message.TrimEnd('.')})",
                "correct the emitter of the module that the message names; no file was written", e);
        }
    }

    private static ShapeParity Compare(OnnxRun model, string target, ProbedRun run, OnnxExportOptions options, GraphOptimizationLevel level)
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
        return close ? new ShapeParity(shape, max, range, agreement) : throw new OnnxExportException(target, string.Create(CultureInfo.InvariantCulture,
            $"would differ from the module by {max:G3} of {range:G3} at the input [{string.Join(", ", shape)}] ({level}; allowed {options.Tolerance:G3} + {options.RelativeTolerance:G3} of the range), with {agreement:P3} of positions of the same class (at least {options.MinArgmaxAgreement:P3})"),
            "no file was written; find the first module that differs with OnnxParity.Compare");
    }
}
