using System.Runtime.InteropServices;
using SegML.Onnx.Protobuf;
using static SegML.Onnx.Protobuf.TensorProto.Types;

namespace SegML.Onnx.Analysis.ReceptiveFields;

/// <summary>A graph's constants as far as they say sizes, axes and scales; of weights only the shape.</summary>
internal sealed class SmallConstants
{
    // Sizes, axes and scales have a handful of values.
    private const int MostValues = 16;

    private readonly Dictionary<string, TensorProto> _constants = [];

    public SmallConstants(GraphProto graph)
    {
        foreach (TensorProto initializer in graph.Initializer)
        {
            _constants[initializer.Name] = initializer;
        }
        foreach (NodeProto node in graph.Node.Where(n => n.OpType == "Constant" && n.Output.Count == 1))
        {
            if (node.Attribute.FirstOrDefault(a => a.Name == "value")?.T is { } value)
            {
                _constants[node.Output[0]] = value;
            }
        }
    }

    /// <summary>A constant's shape; null where the value is none.</summary>
    public long[]? Shape(string value) => _constants.TryGetValue(value, out TensorProto? constant) ? [.. constant.Dims] : null;

    /// <summary>A constant's values; null where the value is none, or one of many numbers or of another type than float32, int32 and int64.</summary>
    public double[]? Of(string value)
    {
        if (!_constants.TryGetValue(value, out TensorProto? constant) || constant.Dims.Aggregate(1L, (a, b) => a * b) > MostValues)
        {
            return null;
        }
        ReadOnlySpan<byte> raw = constant.RawData.Span;
        return (DataType)constant.DataType switch
        {
            DataType.Int64 => [.. constant.Int64Data.Concat(MemoryMarshal.Cast<byte, long>(raw).ToArray()).Select(n => (double)n)],
            DataType.Int32 => [.. constant.Int32Data.Concat(MemoryMarshal.Cast<byte, int>(raw).ToArray()).Select(n => (double)n)],
            DataType.Float => [.. constant.FloatData.Concat(MemoryMarshal.Cast<byte, float>(raw).ToArray()).Select(n => (double)n)],
            _ => null,
        };
    }
}
