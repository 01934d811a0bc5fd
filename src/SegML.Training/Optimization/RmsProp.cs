using SegML.Pipelines;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Training.Optimization;

/// <summary>
/// RMSprop (Hinton 2012, lecture 6e of "Neural Networks for Machine Learning") in PyTorch's form, with momentum and L2 decay:
/// s = a s + (1 - a) g^2; v = m v + g / (sqrt(s) + e); p = p - lr v.
/// </summary>
internal sealed class RmsProp : Optimizer
{
    private readonly double _alpha, _epsilon, _momentum, _weightDecay;

    public RmsProp(IEnumerable<(string Name, Parameter Parameter)> parameters, TrainingOptions options) : base(parameters)
    {
        (_alpha, _epsilon, _momentum, _weightDecay) = (options.RmsProp.Alpha, options.RmsProp.Epsilon, options.RmsProp.Momentum, options.WeightDecay);
        AddState("square");
        AddState("velocity");
    }

    protected override void Update(string name, Tensor parameter, Tensor gradient, bool decays, double learningRate, int step)
    {
        Tensor square = State[name + ".square"], velocity = State[name + ".velocity"];
        if (decays)
        {
            gradient = gradient.add(parameter, _weightDecay);
        }
        square.mul_(_alpha).addcmul_(gradient, gradient, 1 - _alpha);
        velocity.mul_(_momentum).addcdiv_(gradient, square.sqrt().add_(_epsilon), 1);
        parameter.add_(velocity, -learningRate);
    }
}
