using SegML.Onnx.Analysis;
using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;
using SegML.Onnx.Verification;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx.Rewriting;

/// <summary>
/// Makes a 16-bit model of a 32-bit one: weights and arithmetic in float16, inputs and outputs as they were. The file is about half as
/// large. Devices that compute with 16 bits get faster; ONNX Runtime on usual CPUs widens the numbers again and does not.
/// </summary>
public static class OnnxFloat16
{
    private const string Fix = "keep the 32-bit model, or keep the operators that lose most by KeepInFloat32";

    /// <summary>Converts a model and compares the two in ONNX Runtime.</summary>
    /// <param name="sourcePath">The model, with weights in float32.</param>
    /// <param name="path">The model file to write. A file of that name is replaced, but only by a proven one.</param>
    /// <param name="options">What stays in 32 bits, what to compare with, tolerances; the defaults when null.</param>
    /// <exception cref="OnnxExportException">
    /// The source cannot be read or has nothing to convert, or the result differs by more than is allowed. No file is left.
    /// </exception>
    public static OnnxFloat16Report Convert(string sourcePath, string path, OnnxFloat16Options? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(sourcePath);
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new OnnxFloat16Options();
        return ModelBoundary.Cross(sourcePath, () => Converted(sourcePath, path, options));
    }

    private static OnnxFloat16Report Converted(string sourcePath, string path, OnnxFloat16Options options)
    {
        ModelProto source = ModelFile.ReadWhole(sourcePath), model = source.Clone();
        OpsetUpgrade.Run(model, sourcePath);
        var conversion = new Float16Conversion(model, sourcePath, options.KeepInFloat32);
        conversion.Run();
        ModelProperties.Set(model, options.Metadata);

        IReadOnlyList<ShapeParity> parity = [];
        ModelFile.Write(path, model, temporary => parity = Compare(source, sourcePath, temporary, path, options));
        return new OnnxFloat16Report
        {
            Path = path,
            FileSize = new FileInfo(path).Length,
            SourceFileSize = new FileInfo(sourcePath).Length,
            Converted = conversion.Converted,
            Clamped = conversion.Clamped,
            Shapes = parity,
        };
    }

    private static ShapeParity[] Compare(ModelProto source, string sourcePath, string temporary, string path, OnnxFloat16Options options)
    {
        using DisposeScope scope = NewDisposeScope();
        using OnnxRun before = RewriteProof.Open(sourcePath, sourcePath), after = RewriteProof.Open(temporary, path);
        return [.. (options.Examples ?? [RewriteProof.Noise(source, sourcePath)]).Select(example => Compare(before, after, example, path, options))];
    }

    private static ShapeParity Compare(OnnxRun before, OnnxRun after, Tensor example, string path, OnnxFloat16Options options)
    {
        Tensor[] expected = RewriteProof.Run(before, example, path), actual = RewriteProof.Run(after, example, path);
        double max = 0, range = 0, relative = 0, agreement = 1;
        for (int i = 0; i < expected.Length; i++)
        {
            Difference difference = Difference.Between(expected[i], actual[i]);
            RewriteProof.Check(difference.ActualFinite, path, "would return NaN or infinity", difference.ExpectedFinite
                ? "keep the 32-bit model, or keep the operators that overflow by KeepInFloat32"
                : "the 32-bit model does too: give Examples of values that it will meet");
            RewriteProof.Check(difference.Relative <= options.RelativeTolerance, path, FormattableString.Invariant(
                $"would differ from the 32-bit model by {difference.Max:G3} of {difference.Range:G3} (RelativeTolerance allows {options.RelativeTolerance:P1} of it)"), Fix);
            RewriteProof.Check(difference.ArgmaxAgreement >= options.MinArgmaxAgreement, path, FormattableString.Invariant(
                $"would choose the 32-bit model's channel at {difference.ArgmaxAgreement:P2} of positions (MinArgmaxAgreement asks for {options.MinArgmaxAgreement:P2})"), Fix);
            (max, range, relative) = (Math.Max(max, difference.Max), Math.Max(range, difference.Range), Math.Max(relative, difference.Relative));
            agreement = Math.Min(agreement, difference.ArgmaxAgreement);
        }
        return new ShapeParity(example.shape, max, range, relative, agreement);
    }
}
