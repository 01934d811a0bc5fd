using SegML.Pipelines;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Training.Optimization;

/// <summary>
/// Adam (Kingma and Ba 2015, https://arxiv.org/abs/1412.6980), whose weight decay is part of the gradient, and AdamW (Loshchilov and
/// Hutter 2019, https://arxiv.org/abs/1711.05101), which shrinks the weights beside it.
/// </summary>
internal class Adam : Optimizer
{
    private readonly double _beta1, _beta2, _epsilon, _weightDecay;
    private readonly bool _decoupled;

    /// <param name="parameters">What is updated, by name.</param>
    /// <param name="options">How.</param>
    /// <param name="takes">Which of them this class updates; null: all.</param>
    public Adam(IEnumerable<(string Name, Parameter Parameter)> parameters, TrainingOptions options, Func<Tensor, bool>? takes = null) : base(parameters)
    {
        (_beta1, _beta2, _epsilon, _weightDecay) = (options.Adam.Beta1, options.Adam.Beta2, options.Adam.Epsilon, options.WeightDecay);
        _decoupled = options.Optimizer != OptimizerKind.Adam;
        AddState("mean", takes);
        AddState("square", takes);
    }

    protected override void Update(string name, Tensor parameter, Tensor gradient, bool decays, double learningRate, int step)
    {
        Tensor mean = State[name + ".mean"], square = State[name + ".square"];
        if (decays && !_decoupled)
        {
            gradient = gradient.add(parameter, _weightDecay);
        }
        mean.mul_(_beta1).add_(gradient, 1 - _beta1);
        square.mul_(_beta2).addcmul_(gradient, gradient, 1 - _beta2);
        if (decays && _decoupled)
        {
            parameter.mul_(1 - learningRate * _weightDecay);
        }
        double unbiased1 = 1 - Math.Pow(_beta1, step + 1), unbiased2 = 1 - Math.Pow(_beta2, step + 1);
        Tensor deviation = square.sqrt().div_(Math.Sqrt(unbiased2)).add_(_epsilon);
        parameter.addcdiv_(mean, deviation, -learningRate / unbiased1);
    }
}
