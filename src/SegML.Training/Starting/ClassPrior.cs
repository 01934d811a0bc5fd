using SegML.Training.Networks;
using static TorchSharp.torch;

namespace SegML.Training.Starting;

/// <summary>
/// Sets a new network's last bias so that, before it has learnt anything, it predicts each class as often as the loss wants to see it: the first
/// iterations then go into telling classes apart, not into learning that one of them is rare (Lin et al. 2017,
/// https://arxiv.org/abs/1708.02002, section 3.3).
/// </summary>
internal static class ClassPrior
{
    /// <summary>The smallest probability that a class starts with, 0.1 %: one that never occurs has no logarithm.</summary>
    private const double Least = 1e-3;

    /// <summary>The scores whose softmax is the constant prediction with the least weighted cross entropy.</summary>
    /// <param name="pixels">Training pixels by class id, at least one above 0.</param>
    /// <param name="weights">The loss's class weights.</param>
    /// <returns>The logarithm of each class's probability.</returns>
    public static double[] Of(IReadOnlyList<long> pixels, IReadOnlyList<float> weights) => [.. Shares(pixels, weights).Select(share => Math.Log(share))];

    /// <summary>The scores whose sigmoids are the shares of classes that overlap.</summary>
    /// <param name="pixels">Training pixels by class id.</param>
    /// <param name="all">All training pixels that count, at least 1.</param>
    /// <returns>A score for each class.</returns>
    public static double[] OfEach(IReadOnlyList<long> pixels, long all) =>
        [.. pixels.Select(count => Math.Clamp((double)count / all, Least, 1 - Least)).Select(share => Math.Log(share / (1 - share)))];

    /// <summary>The probabilities of the constant prediction with the least weighted cross entropy; they add up to 1.</summary>
    public static double[] Shares(IReadOnlyList<long> pixels, IReadOnlyList<float> weights)
    {
        double total = pixels.Zip(weights, (count, weight) => count * (double)weight).Sum();
        double[] shares = [.. pixels.Zip(weights, (count, weight) => Math.Max(Least, count * (double)weight / total))];
        double sum = shares.Sum();
        return [.. shares.Select(share => share / sum)];
    }

    /// <summary>Overwrites a network's last bias.</summary>
    /// <param name="network">Whose logits are near 0 but for their bias.</param>
    /// <param name="scores">A score for each class.</param>
    public static void Apply(SegmentationNetwork network, IEnumerable<double> scores)
    {
        using IDisposable noGradients = no_grad();
        using Tensor bias = tensor([.. scores.Select(s => (float)s)], device: network.LogitBias.device);
        network.LogitBias.copy_(bias);
    }
}
