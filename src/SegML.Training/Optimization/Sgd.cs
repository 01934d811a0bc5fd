using static TorchSharp.torch;

namespace SegML.Training.Optimization;

/// <summary>Stochastic gradient descent with momentum and L2 decay, in PyTorch's form: v = m v + g + d p; p = p - lr v.</summary>
internal sealed class Sgd : Optimizer
{
    private readonly double _momentum, _weightDecay;

    public Sgd(nn.Module network, double momentum, double weightDecay) : base(network)
    {
        _momentum = momentum;
        _weightDecay = weightDecay;
        AddState("velocity");
    }

    protected override void Update(string name, Tensor parameter, Tensor gradient, bool decays, double learningRate, int iteration)
    {
        Tensor velocity = State[name + ".velocity"];
        velocity.mul_(_momentum).add_(gradient);
        if (decays)
        {
            velocity.add_(parameter, _weightDecay);
        }
        parameter.add_(velocity, -learningRate);
    }
}
