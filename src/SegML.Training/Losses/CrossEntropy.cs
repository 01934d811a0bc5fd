using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Training.Losses;

/// <summary>
/// Cross entropy with class weights, ignore index and label smoothing, averaged over the pixels that count:
/// sum_i [ (1 - s) w_t(i) nll_i(t(i)) + s / C * sum_c w_c nll_i(c) ] / sum_i w_t(i), where t(i) is pixel i's class, s the
/// smoothing and C the number of classes. It is PyTorch's definition, save that a batch of ignored pixels alone costs 0
/// where PyTorch's mean is not a number.
/// </summary>
internal sealed class CrossEntropy : IDisposable
{
    private readonly Tensor _weights, _weightOfLabel;
    private readonly byte _ignore;
    private readonly double _smoothing;

    /// <param name="weights">A weight a class.</param>
    /// <param name="ignore">The ignore index, not a class id.</param>
    /// <param name="smoothing">Share of the target spread over all classes, 0 to below 1.</param>
    /// <param name="device">Where logits and labels will be.</param>
    public CrossEntropy(ReadOnlySpan<float> weights, byte ignore, double smoothing, Device device)
    {
        var byLabel = new float[256];
        weights.CopyTo(byLabel);
        _weights = tensor(weights.ToArray(), device: device).DetachFromDisposeScope();
        _weightOfLabel = tensor(byLabel, device: device).DetachFromDisposeScope();
        _ignore = ignore;
        _smoothing = smoothing;
    }

    /// <summary>Computes the loss.</summary>
    /// <param name="logits">Of any float type, [N, C, h, w]; enlarged bilinearly to the labels' size if they are smaller.</param>
    /// <param name="labels">uint8 [N, H, W]: class ids and ignore indices.</param>
    /// <returns>A float32 scalar.</returns>
    public Tensor Compute(Tensor logits, Tensor labels)
    {
        using DisposeScope scope = NewDisposeScope();
        // Four-dimensional and in the layout that they come in: flattened to [pixels, C] the same sum takes three times as long.
        Tensor full = logits.to_type(ScalarType.Float32);
        if (full.shape[2] != labels.shape[1] || full.shape[3] != labels.shape[2])
        {
            full = nn.functional.interpolate(full, [labels.shape[1], labels.shape[2]], mode: InterpolationMode.Bilinear, align_corners: false);
        }
        Tensor target = labels.to_type(ScalarType.Int64);
        Tensor sum = nn.functional.cross_entropy(full, target, _weights, _ignore, nn.Reduction.Sum, _smoothing);
        Tensor weight = _weightOfLabel.index_select(0, target.flatten()).sum();
        return (sum / weight.clamp_min(1e-12)).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _weights.Dispose();
        _weightOfLabel.Dispose();
    }
}
