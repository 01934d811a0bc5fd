using SegML.Training.Optimization;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using AdamW = SegML.Training.Optimization.AdamW;

namespace SegML.Tests.Training;

[TestClass]
public sealed class OptimizerTests
{
    [TestMethod]
    public void AdamWIsItsDefinition()
    {
        (float[] weight, float[] bias) = Run(net => new AdamW(net, 0.1), learningRate: 0.01);
        CollectionAssert.AreEqual(Expected(0.1, start: 0.5), weight, new Near());
        CollectionAssert.AreEqual(Expected(0, start: -0.25), bias, new Near());

        static float[] Expected(double decay, double start)
        {
            double p = start, m = 0, v = 0;
            for (int t = 1; t <= 5; t++)
            {
                double g = 2 * p + 0.3 * t;
                m = 0.9 * m + 0.1 * g;
                v = 0.999 * v + 0.001 * g * g;
                p -= 0.01 * decay * p;
                p -= 0.01 * (m / (1 - Math.Pow(0.9, t))) / (Math.Sqrt(v / (1 - Math.Pow(0.999, t))) + 1e-8);
            }
            return [(float)p];
        }
    }

    [TestMethod]
    public void SgdIsItsDefinition()
    {
        (float[] weight, float[] bias) = Run(net => new Sgd(net, 0.9, 0.1), learningRate: 0.01);
        CollectionAssert.AreEqual(Expected(0.1, start: 0.5), weight, new Near());
        CollectionAssert.AreEqual(Expected(0, start: -0.25), bias, new Near());

        static float[] Expected(double decay, double start)
        {
            double p = start, velocity = 0;
            for (int t = 1; t <= 5; t++)
            {
                velocity = 0.9 * velocity + 2 * p + 0.3 * t + decay * p;
                p -= 0.01 * velocity;
            }
            return [(float)p];
        }
    }

    [TestMethod]
    public void AParameterWithoutGradientStays()
    {
        using Linear net = nn.Linear(1, 1);
        using var optimizer = new AdamW(net, 0.1);
        float before = net.weight!.item<float>();
        optimizer.Step(0.1, 0);
        Assert.AreEqual(before, net.weight!.item<float>());
    }

    /// <summary>Five steps down (p^2 + 0.3 t p) for a weight that starts at 0.5 and a bias that starts at -0.25.</summary>
    private static (float[] Weight, float[] Bias) Run(Func<nn.Module, Optimizer> create, double learningRate)
    {
        using Linear net = nn.Linear(1, 1);
        using (no_grad())
        {
            nn.init.constant_(net.weight!, 0.5);
            nn.init.constant_(net.bias!, -0.25);
        }
        using Optimizer optimizer = create(net);
        for (int t = 0; t < 5; t++)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor loss = net.weight!.pow(2).sum() + net.bias!.pow(2).sum() + (net.weight.sum() + net.bias.sum()) * (0.3 * (t + 1));
            loss.backward();
            optimizer.Step(learningRate, t);
            Assert.IsNull(net.weight.grad);
        }
        return (net.weight!.detach().data<float>().ToArray(), net.bias!.detach().data<float>().ToArray());
    }

    private sealed class Near : System.Collections.IComparer
    {
        public int Compare(object? x, object? y) => Math.Abs((float)x! - (float)y!) < 1e-6 ? 0 : 1;
    }
}
