using SegML.Pipelines;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Training.Optimization;

/// <summary>
/// Stochastic gradient descent with momentum and L2 decay, in PyTorch's form: g = g + d p; v = m v + g; p = p - lr v, or with Nesterov's
/// momentum p = p - lr (g + m v).
/// </summary>
internal sealed class Sgd : Optimizer
{
    private readonly double _momentum, _weightDecay;
    private readonly bool _nesterov;

    public Sgd(IEnumerable<(string Name, Parameter Parameter)> parameters, TrainingOptions options) : base(parameters)
    {
        (_momentum, _weightDecay, _nesterov) = (options.Sgd.Momentum, options.WeightDecay, options.Sgd.Nesterov);
        AddState("velocity");
    }

    protected override void Update(string name, Tensor parameter, Tensor gradient, bool decays, double learningRate, int step)
    {
        if (decays)
        {
            gradient = gradient.add(parameter, _weightDecay);
        }
        Tensor velocity = State[name + ".velocity"];
        velocity.mul_(_momentum).add_(gradient);
        parameter.add_(_nesterov ? gradient.add(velocity, _momentum) : velocity, -learningRate);
    }
}
