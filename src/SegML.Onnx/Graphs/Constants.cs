using System.Runtime.InteropServices;
using SegML.Onnx.Protobuf;
using static SegML.Onnx.Protobuf.TensorProto.Types;

namespace SegML.Onnx.Graphs;

/// <summary>The constants of models of any origin: initializers and Constant nodes, of any float type, inside or beside the file.</summary>
internal static class Constants
{
    /// <summary>All constants of a graph, by the name that nodes read them by.</summary>
    public static IEnumerable<TensorProto> All(GraphProto graph) => graph.Initializer
        .Concat(graph.Node.SelectMany(n => n.Attribute.Where(a => a.T is not null).Select(a => a.T)));

    /// <summary>The float constants of a graph with the names that nodes read them by, in the order of the file.</summary>
    public static IEnumerable<(string Name, TensorProto Tensor)> Floats(GraphProto graph) => graph.Initializer.Select(i => (i.Name, i))
        .Concat(graph.Node.Where(n => n.OpType == "Constant" && n.Output.Count == 1)
            .SelectMany(n => n.Attribute.Where(a => a.T is not null).Select(a => (n.Output[0], a.T))))
        .Where(c => Size(c.Item2) > 0);

    /// <summary>Reads a float constant, of whatever precision, as float32.</summary>
    /// <param name="tensor">One of <see cref="Floats(GraphProto)"/>, whose dimensions are those of a tensor that exists.</param>
    /// <param name="modelPath">The model that it belongs to.</param>
    /// <exception cref="OnnxExportException">Its content does not fit its shape.</exception>
    public static float[] Read(TensorProto tensor, string modelPath)
    {
        long count = tensor.Dims.Aggregate(1L, (a, b) => checked(a * b));
        if (tensor.FloatData.Count == count && count > 0)
        {
            return [.. tensor.FloatData];
        }
        if (tensor.DoubleData.Count == count && count > 0)
        {
            return [.. tensor.DoubleData.Select(d => (float)d)];
        }
        if (tensor.Int32Data.Count == count && count > 0)
        {
            // Half precision in its older form: each value in the low bytes of an integer.
            return [.. tensor.Int32Data.Select(i => FromHalf((DataType)tensor.DataType, (ushort)i))];
        }
        ReadOnlySpan<byte> content = ExternalData.IsExternal(tensor) ? ExternalData.Read(tensor, modelPath, count * Size(tensor)) : tensor.RawData.Span;
        if (content.Length != count * Size(tensor))
        {
            throw new OnnxExportException(modelPath, $"holds {tensor.Name} with too few or too many values for its shape", "get the model again");
        }
        switch ((DataType)tensor.DataType)
        {
            case DataType.Float:
                return MemoryMarshal.Cast<byte, float>(content).ToArray();
            case DataType.Double:
                return [.. MemoryMarshal.Cast<byte, double>(content).ToArray().Select(d => (float)d)];
            default:
                DataType type = (DataType)tensor.DataType;
                return [.. MemoryMarshal.Cast<byte, ushort>(content).ToArray().Select(h => FromHalf(type, h))];
        }
    }

    private static int Size(TensorProto tensor) => (DataType)tensor.DataType switch
    {
        DataType.Float => sizeof(float),
        DataType.Double => sizeof(double),
        DataType.Float16 or DataType.Bfloat16 => sizeof(ushort),
        _ => 0,
    };

    // A bfloat16 is the upper half of a float32.
    private static float FromHalf(DataType type, ushort bits) => type == DataType.Bfloat16
        ? BitConverter.UInt32BitsToSingle((uint)bits << 16)
        : (float)BitConverter.UInt16BitsToHalf(bits);
}
