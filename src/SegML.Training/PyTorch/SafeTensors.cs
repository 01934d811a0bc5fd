using System.Buffers.Binary;
using System.Text.Json;
using static TorchSharp.torch;

namespace SegML.Training.PyTorch;

/// <summary>Hugging Face's format (https://huggingface.co/docs/safetensors): a length, a JSON header, and the numbers one behind the other.</summary>
internal static class SafeTensors
{
    private const int MostHeaderBytes = 100_000_000; // the format's own limit

    /// <summary>Reads all tensors of numbers.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static Dictionary<string, Tensor> Read(Stream file)
    {
        byte[] length = new byte[8];
        file.ReadExactly(length);
        long header = BinaryPrimitives.ReadInt64LittleEndian(length);
        if (header is < 2 or > MostHeaderBytes || header > file.Length - 8)
        {
            throw new InvalidDataException($"its header has {header} bytes");
        }
        byte[] json = new byte[header];
        file.ReadExactly(json);
        long start = 8 + header;
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        try
        {
            using var document = JsonDocument.Parse(json);
            foreach (JsonProperty entry in document.RootElement.EnumerateObject())
            {
                if (entry.Name != "__metadata__" && Describe(entry, file.Length - start) is var (tensor, from))
                {
                    byte[] bytes = new byte[tensor.Bytes];
                    file.Position = start + from;
                    file.ReadExactly(bytes);
                    tensors[entry.Name] = tensor.Create(bytes);
                }
            }
            return tensors;
        }
        catch (Exception e)
        {
            foreach (Tensor tensor in tensors.Values)
            {
                tensor.Dispose();
            }
            throw e is InvalidOperationException or FormatException or KeyNotFoundException ? new InvalidDataException("its header is damaged", e) : e;
        }
    }

    private static (PickledTensor Tensor, long From)? Describe(JsonProperty entry, long length)
    {
        ScalarType? type = entry.Value.GetProperty("dtype").GetString() switch
        {
            "F64" => ScalarType.Float64,
            "F32" => ScalarType.Float32,
            "F16" => ScalarType.Float16,
            "BF16" => ScalarType.BFloat16,
            "I64" => ScalarType.Int64,
            "I32" => ScalarType.Int32,
            "I16" => ScalarType.Int16,
            "I8" => ScalarType.Int8,
            "U8" => ScalarType.Byte,
            _ => null, // numbers that weights are not made of
        };
        if (type is not { } known)
        {
            return null;
        }
        long[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(s => s.GetInt64())];
        long[] offsets = [.. entry.Value.GetProperty("data_offsets").EnumerateArray().Select(s => s.GetInt64())];
        if (offsets is not [>= 0, _] || offsets[1] < offsets[0] || offsets[1] > length || shape.Any(s => s < 0))
        {
            throw new InvalidDataException($"{entry.Name} lies outside of the file");
        }
        long elements = (offsets[1] - offsets[0]) / PickledTensor.SizeOf(known);
        long[] strides = new long[shape.Length];
        long stride = 1;
        for (int i = shape.Length - 1; i >= 0; i--)
        {
            strides[i] = stride;
            stride = checked(stride * shape[i]);
        }
        return stride == elements ? (new PickledTensor(entry.Name, known, elements, 0, shape, strides), offsets[0])
            : throw new InvalidDataException($"{entry.Name} has {elements} numbers for the shape [{string.Join(", ", shape)}]");
    }
}
