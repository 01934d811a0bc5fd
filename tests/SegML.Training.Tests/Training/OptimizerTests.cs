using SegML.Pipelines;
using SegML.Training.Optimization;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Tests.Training;

[TestClass]
public sealed class OptimizerTests
{
    private const int Steps = 25;
    private const double Rate = 0.01;

    [TestMethod]
    public void AdamWIsTorchs() => AssertIsTorchs(
        new TrainingOptions { Optimizer = OptimizerKind.AdamW, WeightDecay = 0.1, Adam = new AdamOptions { Beta1 = 0.8, Beta2 = 0.95, Epsilon = 1e-4 } },
        p => optim.AdamW(p, Rate, 0.8, 0.95, 1e-4, 0.1));

    [TestMethod]
    public void AdamIsTorchs() => AssertIsTorchs(
        new TrainingOptions { Optimizer = OptimizerKind.Adam, WeightDecay = 0.1, Adam = new AdamOptions { Beta1 = 0.8, Beta2 = 0.95, Epsilon = 1e-4 } },
        p => optim.Adam(p, Rate, 0.8, 0.95, 1e-4, 0.1));

    [TestMethod]
    [DataRow(0.0, false)]
    [DataRow(0.9, false)]
    [DataRow(0.9, true)]
    public void SgdIsTorchs(double momentum, bool nesterov) => AssertIsTorchs(
        new TrainingOptions { Optimizer = OptimizerKind.Sgd, WeightDecay = 0.1, Sgd = new SgdOptions { Momentum = momentum, Nesterov = nesterov } },
        p => optim.SGD(p, Rate, momentum, weight_decay: 0.1, nesterov: nesterov));

    [TestMethod]
    [DataRow(0.0)]
    [DataRow(0.9)]
    public void RmsPropIsTorchs(double momentum) => AssertIsTorchs(
        new TrainingOptions { Optimizer = OptimizerKind.RmsProp, WeightDecay = 0.1, RmsProp = new RmsPropOptions { Momentum = momentum, Alpha = 0.9, Epsilon = 1e-4 } },
        p => optim.RMSProp(p, Rate, alpha: 0.9, eps: 1e-4, weight_decay: 0.1, momentum: momentum));

    [TestMethod]
    [DataRow(3, 4)]
    [DataRow(40, 12)]
    [DataRow(24, 216)]
    public void MuonMakesSingularValuesAboutEqual(int rows, int columns)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor matrix = randn(rows, columns, generator: new Generator(1));
        // A spread of a hundred between the largest and the smallest.
        (Tensor u, Tensor s, Tensor vh) = linalg.svd(matrix, fullMatrices: false);
        Tensor uneven = u.mul(logspace(0, -2, s.shape[0])).mm(vh);
        Tensor after = linalg.svdvals(Muon.Orthogonalize(uneven));
        Assert.IsGreaterThan(0.3f, after.min().item<float>());
        Assert.IsLessThan(1.3f, after.max().item<float>());
        AssertClose(Iterated(uneven), Muon.Orthogonalize(uneven), 1e-3);

        // As the paper writes it, in double precision.
        static Tensor Iterated(Tensor matrix)
        {
            Tensor x = matrix.to_type(ScalarType.Float64);
            x /= x.norm();
            for (int i = 0; i < 5; i++)
            {
                Tensor gram = x.mm(x.t());
                x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram.mm(gram)).mm(x);
            }
            return x.to_type(ScalarType.Float32);
        }
    }

    [TestMethod]
    public void MuonStepsMatricesByAFifthOfTheRateAndTheRestAsAdamW()
    {
        using var layer = nn.Conv2d(6, 4, 3);
        using var depthwise = nn.Conv2d(6, 6, 3, groups: 6, bias: false);
        using var depthwiseByAdamW = nn.Conv2d(6, 6, 3, groups: 6, bias: false);
        depthwiseByAdamW.load_state_dict(depthwise.state_dict());
        using Optimizer muon = Optimizer.Create([.. layer.named_parameters(), ("depthwise", depthwise.weight!)], Options(OptimizerKind.Muon));
        using Optimizer adamW = Optimizer.Create([("depthwise", depthwiseByAdamW.weight!)], Options(OptimizerKind.AdamW));
        using Tensor before = layer.weight!.detach().clone(), input = randn([2, 6, 8, 8], generator: new Generator(2));
        foreach ((nn.Module<Tensor, Tensor> module, Optimizer optimizer) in ((nn.Module<Tensor, Tensor>, Optimizer)[])[(layer, muon), (depthwise, muon), (depthwiseByAdamW, adamW)])
        {
            using Tensor loss = module.call(input).pow(2).sum();
            loss.backward();
            optimizer.Step(Rate, 0);
        }
        using Tensor moved = (layer.weight - before).pow(2).mean().sqrt();
        Assert.AreEqual(0.2 * Rate, moved.item<float>(), 0.05 * Rate);
        AssertClose(depthwiseByAdamW.weight!, depthwise.weight!, 0);
        CollectionAssert.AreEquivalent(
            new[] { "weight.velocity", "bias.mean", "bias.square", "depthwise.mean", "depthwise.square" }, muon.State.Keys.ToArray());

        static TrainingOptions Options(OptimizerKind kind) => new() { Optimizer = kind, WeightDecay = 0 };
    }

    [TestMethod]
    [DataRow(OptimizerKind.AdamW)]
    [DataRow(OptimizerKind.Adam)]
    [DataRow(OptimizerKind.Sgd)]
    [DataRow(OptimizerKind.RmsProp)]
    [DataRow(OptimizerKind.Muon)]
    public void DecayLeavesBiasesAlone(OptimizerKind kind)
    {
        using Linear decayed = Net(), free = Net();
        Descend(decayed, new TrainingOptions { Optimizer = kind, WeightDecay = 0.5 });
        Descend(free, new TrainingOptions { Optimizer = kind, WeightDecay = 0 });
        Assert.IsTrue(decayed.bias!.equal(free.bias!).all().item<bool>());
        Assert.IsFalse(decayed.weight!.allclose(free.weight!, rtol: 1e-3));
    }

    [TestMethod]
    public void AParameterWithoutGradientStays()
    {
        using Linear net = Net();
        using Optimizer optimizer = Optimizer.Create(net.named_parameters(), new TrainingOptions());
        using Tensor before = net.weight!.clone();
        optimizer.Step(0.1, 0);
        Assert.IsTrue(before.equal(net.weight!).all().item<bool>());
    }

    [TestMethod]
    public void TheEncoderHasARateOfItsOwn()
    {
        using Linear whole = Net(), encoder = Net();
        Descend(whole, new TrainingOptions { Optimizer = OptimizerKind.Sgd }, Rate / 10);
        Descend(encoder, new TrainingOptions { Optimizer = OptimizerKind.Sgd, EncoderLearningRateFactor = 0.1 }, prefix: "encoder.");
        Assert.IsTrue(whole.weight!.allclose(encoder.weight!));
    }

    [TestMethod]
    public void TheNormOfAllGradientsIsTorchs()
    {
        using Linear ours = Net(), theirs = Net();
        Gradients(ours, 3);
        Gradients(theirs, 3);
        using Optimizer optimizer = Optimizer.Create(ours.named_parameters(), new TrainingOptions());
        double norm = optimizer.GradientNorm();
        Assert.AreEqual(nn.utils.clip_grad_norm_(theirs.parameters(), 0.5), norm, 1e-5);
        optimizer.ScaleGradients(0.5 / (norm + 1e-6));
        Assert.IsTrue(theirs.weight!.grad!.allclose(ours.weight!.grad!));
        Assert.AreEqual(0.5, optimizer.GradientNorm(), 1e-5);
    }

    [TestMethod]
    [DataRow(float.NaN)]
    [DataRow(float.PositiveInfinity)]
    public void OneGradientThatIsNoNumberMakesTheNormNone(float value)
    {
        using Linear net = Net();
        using Optimizer optimizer = Optimizer.Create(net.named_parameters(), new TrainingOptions());
        Gradients(net, 1);
        net.weight!.grad![1, 2].fill_(value);
        Assert.IsFalse(double.IsFinite(optimizer.GradientNorm()));
        optimizer.DropGradients();
        Assert.AreEqual(0, optimizer.GradientNorm());
    }

    private static void AssertIsTorchs(TrainingOptions options, Func<IEnumerable<Parameter>, optim.Optimizer> create)
    {
        using Linear ours = Net(), theirs = Net();
        Descend(ours, options);
        // Torch's decays biases too, so it is given the weights alone.
        using optim.Optimizer reference = create([theirs.weight!]);
        for (int step = 0; step < Steps; step++)
        {
            Gradients(theirs, step);
            reference.step();
            reference.zero_grad();
        }
        using Tensor difference = (ours.weight! - theirs.weight!).abs().max();
        Assert.IsLessThan(1e-5f, difference.item<float>());
    }

    private static void AssertClose(Tensor expected, Tensor actual, double tolerance)
    {
        using Tensor difference = (expected - actual).abs().max();
        Assert.IsLessThanOrEqualTo(tolerance, difference.item<float>());
    }

    private static void Descend(Linear net, TrainingOptions options, double rate = Rate, string prefix = "")
    {
        using Optimizer optimizer = Optimizer.Create(net.named_parameters().Select(p => (prefix + p.name, p.parameter)), options);
        for (int step = 0; step < Steps; step++)
        {
            Gradients(net, step);
            optimizer.Step(rate, step);
            Assert.IsNull(net.weight!.grad);
        }
    }

    /// <summary>Gradients of a bowl that moves from step to step; those of the bias do not depend on the weights.</summary>
    private static void Gradients(Linear net, int step)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor drift = arange(12, dtype: ScalarType.Float32).reshape(3, 4).sub(step % 7);
        (net.weight!.pow(2).sum() + (net.weight * drift).sum() * 0.3 + (net.bias! * (1 + step)).sum() + net.bias!.pow(2).sum()).backward();
    }

    private static Linear Net()
    {
        Linear net = nn.Linear(4, 3);
        using (no_grad())
        {
            net.weight!.copy_(arange(12, dtype: ScalarType.Float32).reshape(3, 4).mul(0.1).sub(0.5));
            nn.init.constant_(net.bias!, -0.25);
        }
        return net;
    }
}
