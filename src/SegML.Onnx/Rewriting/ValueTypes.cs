using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using SegML.Onnx.Protobuf;

namespace SegML.Onnx.Rewriting;

/// <summary>Which values of a graph are 32-bit floats. ONNX Runtime infers them, so that no table of operators is needed.</summary>
internal static class ValueTypes
{
    /// <summary>The names of all float32 values: inputs, constants and what nodes compute.</summary>
    /// <exception cref="OnnxExportException">ONNX Runtime refuses the model.</exception>
    public static HashSet<string> Floats(ModelProto model, string subject)
    {
        ModelProto open = model.Clone();
        HashSet<string> outputs = [.. open.Graph.Output.Select(o => o.Name)];
        open.Graph.Output.AddRange(open.Graph.Node.SelectMany(n => n.Output).Where(o => o.Length > 0 && outputs.Add(o))
            .Select(o => new ValueInfoProto { Name = o }));
        try
        {
            using var options = new SessionOptions
            {
                GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL,
                LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
            };
            using var session = new InferenceSession(open.ToByteArray(), options);
            return
            [
                .. session.InputMetadata.Concat(session.OutputMetadata)
                    .Where(v => v.Value.IsTensor && v.Value.ElementDataType == TensorElementType.Float).Select(v => v.Key),
                .. open.Graph.Initializer.Where(i => i.DataType == (int)TensorProto.Types.DataType.Float).Select(i => i.Name),
            ];
        }
        catch (OnnxRuntimeException e)
        {
            throw RewriteProof.Refused(subject, e);
        }
    }
}
