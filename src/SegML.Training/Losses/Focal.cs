using static TorchSharp.torch;

namespace SegML.Training.Losses;

/// <summary>
/// Focal loss (Lin et al. 2017): sum_i w_t(i) (1 - p_i)^gamma (-ln p_i) / sum_i w_t(i), where p_i is pixel i's probability of
/// its own class. Pixels that are already right count little.
/// </summary>
/// <param name="weights">A weight a class.</param>
/// <param name="gamma">0: cross entropy.</param>
/// <param name="device">Where logits and labels will be.</param>
internal sealed class Focal(float[] weights, double gamma, Device device) : WeightedLossTerm(weights, device)
{
    /// <inheritdoc/>
    public override Tensor Compute(LossInput input)
    {
        Tensor log = input.OwnLogProbability(), weight = input.OwnWeight(Weights(input));
        // Kept off 0, where a power below 1 has no gradient.
        Tensor wrong = (1 - log.exp()).clamp_min(1e-7);
        return -(weight * wrong.pow(gamma) * log).sum() / input.Whole(weight.sum());
    }
}
