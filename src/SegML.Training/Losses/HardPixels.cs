using static TorchSharp.torch;

namespace SegML.Training.Losses;

/// <summary>
/// Online hard example mining (Shrivastava et al. 2016): the weighted cross entropy of those pixels whose own class has less
/// than a threshold's probability, and of no fewer than a share of all that count.
/// </summary>
/// <param name="weights">A weight a class.</param>
/// <param name="threshold">0 to 1.</param>
/// <param name="minShare">0 to 1.</param>
/// <param name="device">Where logits and labels will be.</param>
internal sealed class HardPixels(float[] weights, double threshold, double minShare, Device device) : WeightedLossTerm(weights, device)
{
    /// <inheritdoc/>
    public override bool NeedsWholeBatch => true;

    /// <inheritdoc/>
    public override Tensor Compute(LossInput input)
    {
        Tensor own = input.OwnLogProbability(), weight = input.OwnWeight(Weights(input));
        Tensor hard;
        using (no_grad())
        {
            long least = (long)Math.Ceiling(minShare * input.Counts.sum(ScalarType.Float64).item<double>());
            // Ignored pixels are never hard: their probability counts as above 1.
            Tensor ease = own.detach().masked_fill(input.Counts.eq(0), 1).flatten();
            double bound = threshold > 0 ? Math.Log(threshold) : double.NegativeInfinity;
            if (least > 0)
            {
                (Tensor easiest, _) = ease.kthvalue(least, 0);
                bound = Math.Max(bound, easiest.to_type(ScalarType.Float64).item<double>());
            }
            hard = own.le(bound).to_type(own.dtype);
        }
        Tensor chosen = weight * hard;
        return -(chosen * own).sum() / chosen.sum().clamp_min(Tiny);
    }
}
