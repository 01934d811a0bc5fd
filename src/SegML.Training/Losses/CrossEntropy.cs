using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Training.Losses;

/// <summary>
/// Cross entropy with class weights, ignore index and label smoothing, averaged over the pixels that count:
/// sum_i [ (1 - s) w_t(i) nll_i(t(i)) + s / C * sum_c w_c nll_i(c) ] / sum_i w_t(i), where t(i) is pixel i's class, s the
/// smoothing and C the number of classes. It is PyTorch's definition, save that a batch of ignored pixels alone costs 0
/// where PyTorch's mean is not a number.
/// </summary>
/// <param name="weights">A weight a class.</param>
/// <param name="ignore">The ignore index, not a class id.</param>
/// <param name="smoothing">Share of the target spread over all classes, 0 to below 1.</param>
/// <param name="device">Where logits and labels will be.</param>
internal sealed class CrossEntropy(float[] weights, byte ignore, double smoothing, Device device) : WeightedLossTerm(weights, device)
{
    private readonly EnlargedCrossEntropy _onCpu = new(weights, ignore, smoothing);

    /// <inheritdoc/>
    public override Tensor Compute(LossInput input)
    {
        if (input.CoarseLogits.device.type == DeviceType.CPU && input.CoarseLogits.dtype == ScalarType.Float32)
        {
            return _onCpu.Compute(input.CoarseLogits, input.Ids, input.WholeOf);
        }
        // Four-dimensional and in the layout that they come in: flattened to [pixels, C] the same sum takes three times as long.
        Tensor own = Weights(input);
        Tensor sum = nn.functional.cross_entropy(input.Logits, input.Labels, own, ignore, nn.Reduction.Sum, smoothing);
        return sum / input.Whole(input.OwnWeight(own).sum());
    }
}
