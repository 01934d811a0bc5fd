using System.Runtime.InteropServices;
using Google.Protobuf;
using SegML.Onnx.Protobuf;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx.Graphs;

/// <summary>ONNX's constant tensors from TorchSharp tensors and arrays. Content is little-endian raw data.</summary>
internal static class Tensors
{
    /// <summary>A constant of a tensor's content: a parameter's own memory where that can be, else a copy.</summary>
    public static TensorProto Create(string name, Tensor tensor)
    {
        if (tensor.dtype == ScalarType.ComplexFloat32)
        {
            // ONNX has no complex numbers: each is a pair in a last dimension.
            using Tensor pairs = tensor.detach().view_as_real();
            return Create(name, pairs);
        }
        if (tensor is TorchSharp.Modules.Parameter && tensor.is_contiguous() && tensor.device_type == DeviceType.CPU)
        {
            var proto = new TensorProto { Name = name, DataType = (int)ElementType(tensor.dtype), RawData = UnsafeByteOperations.UnsafeWrap(new TensorMemory(tensor).Memory) };
            proto.Dims.AddRange(tensor.shape);
            return proto;
        }
        using Tensor dense = tensor.detach().to(DeviceType.CPU).contiguous();
        return Create(name, ElementType(tensor.dtype), tensor.shape, dense.bytes.ToArray());
    }

    public static TensorProto Create(string name, ReadOnlySpan<long> values, params long[] shape) =>
        Create(name, TensorProto.Types.DataType.Int64, shape, MemoryMarshal.AsBytes(values).ToArray());

    public static TensorProto Create(string name, ReadOnlySpan<float> values, params long[] shape) =>
        Create(name, TensorProto.Types.DataType.Float, shape, MemoryMarshal.AsBytes(values).ToArray());

    public static TensorProto Create(string name, TensorProto.Types.DataType type, IEnumerable<long> shape, byte[] content)
    {
        // The array is not written to again, so it need not be copied.
        var proto = new TensorProto { Name = name, DataType = (int)type, RawData = UnsafeByteOperations.UnsafeWrap(content) };
        proto.Dims.AddRange(shape);
        return proto;
    }

    /// <summary>The values of a float tensor, whichever way it is stored. An own copy.</summary>
    public static float[] Floats(TensorProto tensor) => tensor.FloatData.Count > 0
        ? [.. tensor.FloatData]
        : MemoryMarshal.Cast<byte, float>(tensor.RawData.Span).ToArray();

    /// <summary>Whether a constant is float32, with as many values in the file as its shape has.</summary>
    public static bool HoldsFloats(TensorProto tensor) => tensor.DataType == (int)TensorProto.Types.DataType.Float && tensor.DataLocation == TensorProto.Types.DataLocation.Default
        && (tensor.FloatData.Count > 0 ? tensor.FloatData.Count : tensor.RawData.Length / (double)sizeof(float)) == tensor.Dims.Aggregate(1L, (a, b) => a * b);

    public static TensorProto.Types.DataType ElementType(ScalarType type) => type switch
    {
        ScalarType.Float32 => TensorProto.Types.DataType.Float,
        ScalarType.Float64 => TensorProto.Types.DataType.Double,
        ScalarType.Float16 => TensorProto.Types.DataType.Float16,
        ScalarType.BFloat16 => TensorProto.Types.DataType.Bfloat16,
        ScalarType.Int64 => TensorProto.Types.DataType.Int64,
        ScalarType.Int32 => TensorProto.Types.DataType.Int32,
        ScalarType.Int16 => TensorProto.Types.DataType.Int16,
        ScalarType.Int8 => TensorProto.Types.DataType.Int8,
        ScalarType.Byte => TensorProto.Types.DataType.Uint8,
        ScalarType.Bool => TensorProto.Types.DataType.Bool,
        _ => throw new OnnxExportException($"a tensor of type {type}", "has no ONNX element type", "convert it to float32"),
    };
}
