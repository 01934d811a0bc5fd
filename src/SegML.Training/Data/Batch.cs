using static TorchSharp.torch;

namespace SegML.Training.Data;

/// <summary>The tensors of one iteration, in ordinary memory. Owns them.</summary>
/// <param name="Images">float32 [N, C, H, W], channels last in memory.</param>
/// <param name="Labels">uint8 [N, H, W]: class ids and ignore indices.</param>
internal sealed record Batch(Tensor Images, Tensor Labels) : IDisposable
{
    public void Dispose()
    {
        Images.Dispose();
        Labels.Dispose();
    }
}
