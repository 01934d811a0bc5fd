using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx.Tracing;

/// <summary>Which memory tensors lie in, and which modules write into their input's.</summary>
internal static class InPlace
{
    /// <summary>Whether the module was created with <c>inplace: true</c>.</summary>
    public static bool Writes(nn.Module module) => module.GetType().GetProperty("inplace")?.GetValue(module) is true;

    /// <summary>The address of a tensor's storage; 0 where it cannot be asked for.</summary>
    public static nint Memory(Tensor tensor)
    {
        if (tensor.dtype != ScalarType.Float32 || tensor.device_type != DeviceType.CPU)
        {
            return 0;
        }
        using Storage<float> storage = tensor.storage<float>();
        return storage.data_ptr();
    }

    /// <summary>Whether two tensors of one storage are the same values in the same order.</summary>
    public static bool SameView(Tensor a, Tensor b) => a.storage_offset() == b.storage_offset()
        && a.shape.AsSpan().SequenceEqual(b.shape) && a.stride().AsSpan().SequenceEqual(b.stride());

    /// <summary>Whether two tensors of one storage have a value in common: two halves of a tensor have none.</summary>
    public static bool Overlap(Tensor a, Tensor b)
    {
        using var scope = NewDisposeScope();
        Tensor touched = zeros([Math.Max(End(a), End(b))], ScalarType.Bool);
        touched.as_strided(a.shape, a.stride(), a.storage_offset()).fill_(true);
        return touched.as_strided(b.shape, b.stride(), b.storage_offset()).any().item<bool>();
    }

    private static long End(Tensor tensor) => 1 + tensor.storage_offset() + tensor.shape.Zip(tensor.stride(), (size, step) => (size - 1) * step).Sum();
}
