using System.Buffers;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx.Graphs;

/// <summary>A parameter's own memory, so that a model that is going to a file needs no copy of its weights.</summary>
/// <param name="tensor">Contiguous and on the CPU. It must not be disposed as long as the memory is used.</param>
internal sealed unsafe class TensorMemory(Tensor tensor) : MemoryManager<byte>
{
    public override Span<byte> GetSpan() => tensor.bytes;

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        fixed (byte* start = tensor.bytes)
        {
            return new MemoryHandle(start + elementIndex); // Native memory does not move.
        }
    }

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
    }
}
