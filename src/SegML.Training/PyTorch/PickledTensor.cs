using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Training.PyTorch;

/// <summary>A tensor as a pickle describes it: a view of a storage, whose numbers stand elsewhere in the file.</summary>
/// <param name="Key">The storage's name.</param>
/// <param name="Type">The type of its elements.</param>
/// <param name="Elements">How many the storage has.</param>
/// <param name="Offset">The tensor's first element.</param>
/// <param name="Shape">The tensor's.</param>
/// <param name="Strides">Elements between neighbours along each axis.</param>
internal sealed record PickledTensor(string Key, ScalarType Type, long Elements, long Offset, long[] Shape, long[] Strides)
{
    /// <summary>Reads a tensor's description; null: the value is none, or one of numbers that weights are not made of.</summary>
    public static PickledTensor? From(object? value)
    {
        while (value is Pickle.Call { Function: Pickle.Name { Module: "torch._utils", Member: "_rebuild_parameter" }, Arguments: [var inner, ..] })
        {
            value = inner;
        }
        return value is Pickle.Call { Function: Pickle.Name { Module: "torch._utils", Member: "_rebuild_tensor_v2" or "_rebuild_tensor" } } call
            && call.Arguments is [Pickle.Reference { Id: object?[] id }, long offset, object?[] shape, object?[] strides, ..]
            && id is ["storage", Pickle.Name { Module: "torch" } storage, string key, _, long elements, ..] && TypeOf(storage.Member) is { } type
            && shape.All(s => s is long) && strides.All(s => s is long)
            ? new PickledTensor(key, type, elements, offset, [.. shape.Cast<long>()], [.. strides.Cast<long>()])
            : null;
    }

    /// <summary>Bytes of the storage.</summary>
    public long Bytes => checked(Elements * SizeOf(Type));

    /// <summary>Makes the tensor, in float32 where it holds real numbers.</summary>
    /// <param name="storage">The storage's bytes.</param>
    /// <exception cref="InvalidDataException">The tensor reaches beyond its storage.</exception>
    public Tensor Create(byte[] storage)
    {
        long last = Offset, count = 1;
        bool isSound = Offset >= 0 && Shape.Length == Strides.Length && Shape.All(s => s >= 0) && Strides.All(s => s >= 0);
        for (int i = 0; isSound && i < Shape.Length; i++)
        {
            // Neither product can overflow: each factor is at most the number of elements.
            isSound = Shape[i] <= Elements && Strides[i] <= Elements && (count *= Shape[i]) <= Elements && (last += Math.Max(0, Shape[i] - 1) * Strides[i]) < Math.Max(1, Elements);
        }
        if (!isSound || storage.LongLength != Bytes || count > 0 && last >= Elements)
        {
            throw new InvalidDataException($"a tensor of [{string.Join(", ", Shape)}] does not fit its storage of {Elements} numbers");
        }
        using DisposeScope scope = NewDisposeScope();
        Tensor flat = empty([Elements], dtype: Type);
        flat.bytes = storage;
        Tensor tensor = count == 0 ? empty(Shape, dtype: Type) : flat.as_strided(Shape, Strides, Offset);
        return (tensor.is_floating_point() ? tensor.to_type(ScalarType.Float32).contiguous() : tensor).clone().MoveToOuterDisposeScope();
    }

    /// <summary>Bytes of an element.</summary>
    public static int SizeOf(ScalarType type) => type switch
    {
        ScalarType.Float64 or ScalarType.Int64 => 8,
        ScalarType.Float32 or ScalarType.Int32 => 4,
        ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Int16 => 2,
        _ => 1,
    };

    private static ScalarType? TypeOf(string storage) => storage switch
    {
        "DoubleStorage" => ScalarType.Float64,
        "FloatStorage" => ScalarType.Float32,
        "HalfStorage" => ScalarType.Float16,
        "BFloat16Storage" => ScalarType.BFloat16,
        "LongStorage" => ScalarType.Int64,
        "IntStorage" => ScalarType.Int32,
        "ShortStorage" => ScalarType.Int16,
        "CharStorage" => ScalarType.Int8,
        "ByteStorage" => ScalarType.Byte,
        _ => null,
    };
}
