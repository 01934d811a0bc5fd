using static TorchSharp.torch;

namespace SegML.Training.Optimization;

/// <summary>AdamW (Loshchilov and Hutter 2019, https://arxiv.org/abs/1711.05101) with the customary betas 0.9 and 0.999.</summary>
internal sealed class AdamW : Optimizer
{
    private const double Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8;
    private readonly double _weightDecay;

    public AdamW(nn.Module network, double weightDecay) : base(network)
    {
        _weightDecay = weightDecay;
        AddState("mean");
        AddState("square");
    }

    protected override void Update(string name, Tensor parameter, Tensor gradient, bool decays, double learningRate, int iteration)
    {
        Tensor mean = State[name + ".mean"], square = State[name + ".square"];
        mean.mul_(Beta1).add_(gradient, 1 - Beta1);
        square.mul_(Beta2).addcmul_(gradient, gradient, 1 - Beta2);
        if (decays)
        {
            parameter.mul_(1 - learningRate * _weightDecay);
        }
        double unbiased1 = 1 - Math.Pow(Beta1, iteration + 1), unbiased2 = 1 - Math.Pow(Beta2, iteration + 1);
        Tensor deviation = square.sqrt().div_(Math.Sqrt(unbiased2)).add_(Epsilon);
        parameter.addcdiv_(mean, deviation, -learningRate / unbiased1);
    }
}
