using SegML.Onnx;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Tests.Onnx;

/// <summary>
/// Random programs of operations on tensors: functional, in place, through views, with numbers computed from sizes. The export itself asserts that the model agrees; its
/// result at a size that it did not see is compared here.
/// </summary>
[TestClass]
public sealed class RandomProgramTests
{
    private const int Programs = 40, Steps = 7;

    private static readonly Func<Tensor, Tensor, Tensor>[] Operations =
    [
        (a, b) => a + b,
        (a, b) => (a * b).tanh(),
        (a, _) => a.sigmoid() - 0.5,
        (a, b) => a.add_(b),
        (a, _) => a.mul_(0.5),
        (a, _) => a.relu_().neg(),
        (a, b) => a.sub_(b).mul_(0.5),
        (a, _) =>
        {
            a[TensorIndex.Colon, 1].add_(0.3);
            return a;
        },
        (a, b) =>
        {
            a.narrow(2, 0, a.shape[2] / 2).copy_(b.narrow(2, 1, a.shape[2] / 2));
            return a;
        },
        (a, b) =>
        {
            a.transpose(1, 3).select(2, 0).mul_(b.mean());
            return a;
        },
        (a, _) => a.view(a.shape[0], a.shape[1], a.shape[2] * a.shape[3]).flip(2).reshape(a.shape),
        (a, b) => cat([a.narrow(1, 0, 2), b.narrow(1, 2, 2)], 1),
        (a, _) => a.chunk(2, 1) is [Tensor first, Tensor second] ? cat([second.relu(), first], 1) : a,
        (a, b) => where(a > b, a, b),
        (a, _) => a.softmax(1),
        (a, _) => a - a.mean([2L, 3L], keepdim: true),
        (a, _) => a.roll(1, 3),
        (a, b) => a.masked_fill(b.gt(0.2), 0.1),
        (a, _) => nn.functional.avg_pool2d(a, 3, 1, 1),
        (a, _) => nn.functional.interpolate(nn.functional.max_pool2d(a, 2), [a.shape[2], a.shape[3]], mode: InterpolationMode.Nearest),
        (a, b) => a.flatten(2).matmul(b.flatten(2).transpose(1, 2)).softmax(-1).matmul(a.flatten(2)).view_as(a),
        (a, _) => a.permute(0, 2, 3, 1).contiguous().mul_(0.7).permute(0, 3, 1, 2),
        (a, b) => stack([a, b], 0).unbind(0)[1].clamp(-1, 1),
        (a, _) => a.max(1, keepdim: true).values.expand(-1, 4, -1, -1) + 0,
    ];

    [TestMethod]
    public void EveryProgramAgreesAtASizeThatItsExportHasNotSeen()
    {
        using var exported = new Exported();
        for (int seed = 0; seed < Programs; seed++)
        {
            using var scope = NewDisposeScope();
            int program = seed;
            using var net = new Composed((_, x) => Run(program, x));
            net.eval();
            try
            {
                OnnxExporter.Export(net, Exported.Input(1, 4, 6, 8), exported.File, new OnnxExportOptions { MinArgmaxAgreement = 0 });
            }
            catch (OnnxExportException e)
            {
                throw new AssertFailedException($"program {seed}: {e.Message}", e);
            }
            Tensor other = Exported.Input(3, 4, 10, 5);
            OnnxParityReport parity = OnnxParity.Compare(net, exported.File, other);
            Assert.IsNull(parity.FirstDivergent, $"program {seed}");
            using var model = new SegML.Onnx.Verification.OnnxRun(exported.File);
            using IDisposable noGradient = no_grad();
            var difference = SegML.Onnx.Verification.Difference.Between(net.call(other.clone()), model.Run([other])[0]);
            Assert.IsLessThan(1e-4, difference.Relative, $"program {seed}");
        }
    }

    private static Tensor Run(int seed, Tensor input)
    {
        var random = new Random(seed);
        List<Tensor> values = [input * 1];
        for (int step = 0; step < Steps; step++)
        {
            Tensor a = values[random.Next(values.Count)], b = values[random.Next(values.Count)];
            values.Add(Operations[random.Next(Operations.Length)](a, b));
        }
        return values[^1] + values[^2] * 0.5 + values[values.Count / 2] * 0.25;
    }
}
