using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;
using SegML.Onnx.Verification;

namespace SegML.Onnx.Analysis;

/// <summary>Which values of a graph are 32-bit floats. ONNX Runtime infers them, so that no table of operators is needed.</summary>
internal static class ValueTypes
{
    /// <summary>The names of all float32 values: inputs, constants and what nodes compute.</summary>
    /// <exception cref="OnnxExportException">ONNX Runtime refuses the model.</exception>
    public static HashSet<string> Floats(ModelProto model, string subject)
    {
        try
        {
            using var options = new SessionOptions
            {
                GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL,
                LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
            };
            using var session = new InferenceSession(GraphValues.WithOutputs(model, GraphValues.Computed(model.Graph)), options);
            return
            [
                .. session.InputMetadata.Concat(session.OutputMetadata)
                    .Where(v => v.Value.IsTensor && v.Value.ElementDataType == TensorElementType.Float).Select(v => v.Key),
                .. model.Graph.Initializer.Where(i => i.DataType == (int)TensorProto.Types.DataType.Float).Select(i => i.Name),
            ];
        }
        catch (OnnxRuntimeException e)
        {
            throw OnnxRun.Refused(subject, e);
        }
    }
}
