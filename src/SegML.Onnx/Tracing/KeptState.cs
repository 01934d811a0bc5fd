using SegML.Onnx.Tracing.Operations;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Onnx.Tracing;

/// <summary>
/// What a module holds beside its parameters, as it was before a run: buffers and tensors in fields, into which a forward may write (a cache of keys and values). A
/// run begins where the last one began, and the module is left as it was.
/// </summary>
internal sealed class KeptState : IDisposable
{
    private readonly List<(Tensor Tensor, Tensor Before)> _tensors = [];

    public KeptState(nn.Module module)
    {
        using IDisposable noGradient = no_grad();
        foreach ((_, Tensor tensor) in ModuleTensors.Of(module))
        {
            if (tensor is not Parameter && tensor.device_type == DeviceType.CPU && !tensor.is_sparse)
            {
                _tensors.Add((tensor, tensor.clone().DetachFromDisposeScope()));
            }
        }
    }

    public void Dispose()
    {
        using IDisposable noGradient = no_grad();
        foreach ((Tensor tensor, Tensor before) in _tensors)
        {
            using (before)
            {
                // Where nothing was written nothing is: a tensor that is expanded cannot be written to.
                if (!tensor.IsInvalid && tensor.shape.AsSpan().SequenceEqual(before.shape) && !Same(tensor, before))
                {
                    tensor.copy_(before);
                }
            }
        }
    }

    private static bool Same(Tensor a, Tensor b)
    {
        using Tensor equal = a.eq(b), all = equal.all();
        return all.item<bool>();
    }
}
