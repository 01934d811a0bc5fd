using Microsoft.ML.OnnxRuntime;
using SegML.Onnx.Protobuf;
using SegML.Onnx.Verification;
using static TorchSharp.torch;

namespace SegML.Onnx.Rewriting;

/// <summary>What the proofs of rewritten models share.</summary>
internal static class RewriteProof
{
    /// <summary>Opens a model.</summary>
    /// <param name="path">The file.</param>
    /// <param name="subject">What to call it in errors.</param>
    /// <exception cref="OnnxExportException">ONNX Runtime refuses it.</exception>
    public static OnnxRun Open(string path, string subject)
    {
        try
        {
            return new OnnxRun(path);
        }
        catch (OnnxRuntimeException e)
        {
            throw OnnxRun.Refused(subject, e);
        }
    }

    /// <summary>Runs a model on an example.</summary>
    /// <exception cref="OnnxExportException">The model does not take it.</exception>
    public static Tensor[] Run(OnnxRun model, Tensor example, string subject)
    {
        try
        {
            return model.Run([example]);
        }
        catch (Exception e) when (e is OnnxRuntimeException or NotSupportedException)
        {
            throw new OnnxExportException(subject, $"would not run on an input of [{string.Join(", ", example.shape)}] ({e.Message.TrimEnd('.')})",
                "no file was written; give examples of a size that the model takes", e);
        }
    }

    /// <exception cref="OnnxExportException">If not <paramref name="good"/>.</exception>
    public static void Check(bool good, string path, string fault, string fix)
    {
        if (!good)
        {
            throw new OnnxExportException(path, fault, $"no file was written; {fix}");
        }
    }

    /// <summary>An input for a model from the shape that it declares: 1 for a batch that may vary, 64 for other dimensions that may.</summary>
    public static Tensor Noise(ModelProto model, string subject)
    {
        HashSet<string> constants = [.. model.Graph.Initializer.Select(i => i.Name)];
        TypeProto.Types.Tensor? type = model.Graph.Input.First(i => !constants.Contains(i.Name)).Type?.TensorType;
        if (type?.Shape is null || type.ElemType != (int)TensorProto.Types.DataType.Float)
        {
            throw new OnnxExportException(subject, "has a first input that is not a float tensor of known rank", "give Examples to compare with");
        }
        using var generator = new Generator(2018, CPU);
        return randn([.. type.Shape.Dim.Select((d, i) => d.DimValue > 0 ? d.DimValue : i == 0 ? 1 : 64)], generator: generator);
    }
}
