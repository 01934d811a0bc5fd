using SegML.Training.Networks;
using static TorchSharp.torch;

namespace SegML.Training.Models;

/// <summary>
/// Class weights teach a network to name rare classes too often, since that is what they pay for. Taking a share of the
/// weights' logarithm off the logits (Menon et al. 2021, https://arxiv.org/abs/2007.07314, after training) sets that right;
/// it goes into the last bias, so that it costs nothing and is exported like any weight.
/// </summary>
internal sealed class LogitAdjustment
{
    private readonly Tensor _bias;
    private readonly float[] _offsets;

    /// <param name="network">The network whose last bias is adjusted.</param>
    /// <param name="weights">The loss's class weights.</param>
    /// <param name="share">How much of them is taken back, 0 to 1.</param>
    public LogitAdjustment(SegmentationNetwork network, IEnumerable<float> weights, double share)
    {
        _bias = network.LogitBias;
        _offsets = [.. weights.Select(w => (float)(-share * Math.Log(w)))];
    }

    /// <summary>Adjusts the network until the result is disposed, which brings the very bits back that were there.</summary>
    public IDisposable Apply()
    {
        using IDisposable noGradients = no_grad();
        Tensor before = _bias.clone();
        using Tensor offsets = tensor(_offsets, device: _bias.device);
        _bias.add_(offsets);
        return new Undo(_bias, before);
    }

    private sealed class Undo(Tensor bias, Tensor before) : IDisposable
    {
        public void Dispose()
        {
            using IDisposable noGradients = no_grad();
            bias.copy_(before);
            before.Dispose();
        }
    }
}
