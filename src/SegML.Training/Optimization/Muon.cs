using SegML.Pipelines;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Training.Optimization;

/// <summary>
/// Muon (Jordan et al. 2024, https://kellerjordan.github.io/posts/muon): a weight matrix moves by its Nesterov momentum with all singular
/// values made about equal, so that directions which few gradients point to are learnt as fast as the common ones. A convolution
/// is the matrix [outChannels, inChannels * kernel]. The step is scaled to a root mean square of 0.2, which is what AdamW's have, and decay is
/// decoupled (Liu et al. 2025, https://arxiv.org/abs/2502.16982): learning rates and decays that suit AdamW suit Muon. What is no matrix -
/// biases, norms' scales - or has a single input channel a group - depthwise kernels - takes AdamW's step.
/// </summary>
internal sealed class Muon : Adam
{
    // The quintic of the paper, whose iteration brings singular values from 0.01 to 1 to between 0.7 and 1.2 in five steps.
    private const double A = 3.4445, B = -4.7750, C = 2.0315, StepSize = 0.2, Tiny = 1e-7;
    private const int Iterations = 5;

    private readonly double _momentum, _weightDecay;

    public Muon(IEnumerable<(string Name, Parameter Parameter)> parameters, TrainingOptions options) : base(parameters, options, IsElementwise)
    {
        (_momentum, _weightDecay) = (options.Muon.Momentum, options.WeightDecay);
        AddState("velocity", p => !IsElementwise(p));
    }

    protected override void Update(string name, Tensor parameter, Tensor gradient, bool decays, double learningRate, int step)
    {
        if (IsElementwise(parameter))
        {
            base.Update(name, parameter, gradient, decays, learningRate, step);
            return;
        }
        Tensor velocity = State[name + ".velocity"];
        velocity.mul_(_momentum).add_(gradient, 1 - _momentum);
        Tensor ahead = gradient.mul(1 - _momentum).add_(velocity, _momentum);
        if (decays)
        {
            parameter.mul_(1 - learningRate * _weightDecay);
        }
        Tensor direction = Orthogonalize(ahead.reshape(parameter.shape[0], -1)).reshape(parameter.shape);
        parameter.add_(direction, -learningRate * StepSize * Math.Sqrt(Math.Max(parameter.shape[0], parameter.numel() / parameter.shape[0])));
    }

    /// <summary>
    /// The matrix with its singular values brought near to 1. Newton and Schulz's iteration X = (a + b G + c G^2) X for G = X X^T multiplies X by
    /// polynomials of its own G alone; they are multiplied up on the small square side and applied to X once, which takes a third of the time.
    /// </summary>
    /// <param name="matrix">float32 [m, n].</param>
    /// <returns>[m, n].</returns>
    internal static Tensor Orthogonalize(Tensor matrix)
    {
        bool tall = matrix.shape[0] > matrix.shape[1];
        Tensor x = tall ? matrix.t() : matrix;
        x = x.div(x.norm().add(Tiny));
        Tensor gram = x.mm(x.t()), product = Polynomial(gram);
        Tensor last = product;
        for (int i = 1; i < Iterations; i++)
        {
            gram = last.mm(last.mm(gram));
            last = Polynomial(gram);
            product = last.mm(product);
        }
        x = product.mm(x);
        return tall ? x.t() : x;
    }

    private static Tensor Polynomial(Tensor gram)
    {
        Tensor polynomial = gram.mm(gram).mul_(C).add_(gram, B);
        polynomial.diagonal().add_(A);
        return polynomial;
    }

    private static bool IsElementwise(Tensor parameter) => parameter.dim() < 2 || parameter.dim() == 4 && parameter.shape[1] == 1;
}
