using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Training.Optimization;

/// <summary>
/// An exponential moving average of a network's weights and batch norm statistics, held in a second network: it is the
/// average that is validated and exported. The decay rises as min(decay, (1 + t) / (10 + t)), so that the random initial
/// weights are soon forgotten.
/// </summary>
internal sealed class WeightAverage
{
    private readonly (Tensor Average, Tensor Live)[] _pairs;
    private readonly double _decay;

    /// <param name="average">Is given the weights of <paramref name="live"/> and from then on their average.</param>
    /// <param name="live">The network that is trained; of the same structure.</param>
    /// <param name="decay">0 to below 1; 0 makes the average a plain copy.</param>
    public WeightAverage(nn.Module average, nn.Module live, double decay)
    {
        _decay = decay;
        Dictionary<string, Tensor> averages = average.state_dict();
        _pairs = [.. live.state_dict().Select(pair => (averages[pair.Key], pair.Value))];
        Restart();
    }

    /// <summary>Makes the average the live weights as they are now.</summary>
    public void Restart()
    {
        using IDisposable noGradients = no_grad();
        foreach ((Tensor target, Tensor source) in _pairs)
        {
            target.copy_(source);
        }
    }

    /// <summary>The decay of an iteration.</summary>
    /// <param name="iteration">Counted from 0.</param>
    public double DecayAt(int iteration) => Math.Min(_decay, (1.0 + iteration) / (10.0 + iteration));

    /// <summary>Takes the live weights into the average.</summary>
    public void Update(int iteration)
    {
        double decay = DecayAt(iteration);
        using IDisposable noGradients = no_grad();
        using DisposeScope scope = NewDisposeScope();
        foreach ((Tensor target, Tensor source) in _pairs)
        {
            if (target.is_floating_point())
            {
                target.mul_(decay).add_(source, 1 - decay);
            }
            else
            {
                target.copy_(source);
            }
        }
    }
}
