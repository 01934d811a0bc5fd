using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace SegML.Training.Data;

/// <summary>The tensors of one iteration, in ordinary memory. Who is done with it disposes it.</summary>
/// <param name="images">float32 [N, C, H, W], channels last in memory.</param>
/// <param name="labels">uint8 [N, H, W].</param>
/// <param name="back">Takes it back when it is disposed, so that its memory serves a later batch. Null: it is freed then.</param>
internal sealed class Batch(Tensor images, Tensor labels, Action<Batch>? back = null) : IDisposable
{
    /// <summary>float32 [N, C, H, W], channels last in memory.</summary>
    public Tensor Images => images;

    /// <summary>uint8 [N, H, W]: class ids and ignore indices.</summary>
    public Tensor Labels => labels;

    /// <summary>Whether its samples have a size.</summary>
    public bool HasSize(int height, int width) => labels.shape[1] == height && labels.shape[2] == width;

    /// <summary>Takes memory for one.</summary>
    /// <param name="samples">N.</param>
    /// <param name="channels">C.</param>
    /// <param name="height">H in pixels.</param>
    /// <param name="width">W in pixels.</param>
    /// <param name="back">Takes it back when it is disposed.</param>
    public static Batch Empty(int samples, int channels, int height, int width, Action<Batch> back)
    {
        using Tensor pixels = empty(samples, height, width, channels);
        return new Batch(pixels.permute(0, 3, 1, 2), empty([samples, height, width], ScalarType.Byte), back);
    }

    /// <summary>The images' memory: N, H, W, C.</summary>
    public Span<float> Values()
    {
        using Tensor pixels = images.permute(0, 2, 3, 1);
        return MemoryMarshal.Cast<byte, float>(pixels.bytes);
    }

    public void Dispose()
    {
        if (back is null)
        {
            Free();
        }
        else
        {
            back(this);
        }
    }

    /// <summary>Frees the memory.</summary>
    public void Free()
    {
        images.Dispose();
        labels.Dispose();
    }
}
