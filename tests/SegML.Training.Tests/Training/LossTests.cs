using SegML.Pipelines;
using SegML.Training.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Tests.Training;

/// <summary>Each term of the loss against its formula in plain double-precision loops, and its gradient against finite differences.</summary>
[TestClass]
public sealed class LossTests
{
    private const int N = 2, C = 4, H = 5, W = 6, Pixels = N * H * W;
    private const byte Ignore = 200;

    private static readonly float[] _weights = [0.5f, 2, 1, 0.25f];

    public static IEnumerable<object[]> Kinds => Enum.GetValues<LossKind>().Select(kind => new object[] { kind });

    [TestMethod]
    [DynamicData(nameof(Kinds))]
    public void IsItsFormula(LossKind kind)
    {
        (double[] logits, byte[] labels) = Sample();
        using SegmentationLoss loss = Create(kind);
        Assert.AreEqual(Formula(kind, logits, labels), Value(loss, logits, labels), 1e-9);
    }

    [TestMethod]
    [DynamicData(nameof(Kinds))]
    public void IsTheSameInFloat32(LossKind kind)
    {
        (double[] logits, byte[] labels) = Sample();
        using SegmentationLoss loss = Create(kind);
        using Tensor z = tensor(logits, N, C, H, W).to_type(ScalarType.Float32), truth = tensor(labels, N, H, W);
        using Tensor value = loss.Compute(z, truth);
        Assert.AreEqual(ScalarType.Float32, value.dtype);
        Assert.AreEqual(Formula(kind, logits, labels), value.item<float>(), 1e-5);
    }

    [TestMethod]
    [DynamicData(nameof(Kinds))]
    public void GradientIsThatOfFiniteDifferences(LossKind kind)
    {
        const double Step = 1e-6;
        (double[] logits, byte[] labels) = Sample();
        using SegmentationLoss loss = Create(kind);
        using Tensor z = tensor(logits, N, C, H, W).requires_grad_(true), truth = tensor(labels, N, H, W);
        using Tensor value = loss.Compute(z, truth);
        value.backward();
        double[] gradient = [.. z.grad!.data<double>()];
        for (int i = 0; i < logits.Length; i++)
        {
            double[] up = [.. logits], down = [.. logits];
            up[i] += Step;
            down[i] -= Step;
            Assert.AreEqual((Value(loss, up, labels) - Value(loss, down, labels)) / (2 * Step), gradient[i], 1e-6, $"logit {i}");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Kinds))]
    public void IgnoredPixelsAloneCostNothingAndMoveNothing(LossKind kind)
    {
        using SegmentationLoss loss = Create(kind);
        using Tensor logits = randn(1, C, 4, 4).requires_grad_(true), labels = full([1, 4, 4], Ignore, ScalarType.Byte);
        using Tensor value = loss.Compute(logits, labels);
        value.backward();
        Assert.AreEqual(0, value.item<float>());
        Assert.AreEqual(0, logits.grad!.abs().max().item<float>());
    }

    [TestMethod]
    public void TermsAreAddedUpWithTheirFactors()
    {
        (double[] logits, byte[] labels) = Sample();
        using var sum = new SegmentationLoss([new() { Factor = 0.25 }, new() { Kind = LossKind.Dice, Factor = 3 }], _weights, 0.1, Ignore, CPU);
        Assert.AreEqual(0.25 * Formula(LossKind.CrossEntropy, logits, labels) + 3 * Formula(LossKind.Dice, logits, labels), Value(sum, logits, labels), 1e-9);
    }

    [TestMethod]
    [DynamicData(nameof(Kinds))]
    public void CertainAndRightCostsNearlyNothing(LossKind kind)
    {
        (_, byte[] labels) = Sample();
        var logits = new double[Pixels * C];
        for (int i = 0; i < Pixels; i++)
        {
            (int n, int p) = Math.DivRem(i, H * W);
            for (int c = 0; c < C; c++)
            {
                logits[(n * C + c) * H * W + p] = labels[i] == c ? 40 : -40;
            }
        }
        using var loss = new SegmentationLoss([new() { Kind = kind }], _weights, 0, Ignore, CPU);
        Assert.AreEqual(0, Value(loss, logits, labels), 1e-9);
    }

    private static SegmentationLoss Create(LossKind kind) => new([new() { Kind = kind, Gamma = 1.5, Width = 1 }], _weights, 0.1, Ignore, CPU);

    private static (double[] Logits, byte[] Labels) Sample()
    {
        var random = new Random(11);
        double[] logits = [.. Enumerable.Range(0, Pixels * C).Select(_ => 4 * random.NextDouble() - 2)];
        // Class 3 occurs nowhere; some pixels are ignored.
        byte[] labels = [.. Enumerable.Range(0, Pixels).Select(_ => random.Next(5)).Select(l => l >= 3 ? Ignore : (byte)l)];
        return (logits, labels);
    }

    private static double Value(SegmentationLoss loss, double[] logits, byte[] labels)
    {
        using Tensor z = tensor(logits, N, C, H, W), truth = tensor(labels, N, H, W);
        using Tensor value = loss.Compute(z, truth);
        return value.item<double>();
    }

    private static double Formula(LossKind kind, double[] logits, byte[] labels)
    {
        double Z(int i, int c) => logits[(i / (H * W) * C + c) * H * W + i % (H * W)];
        double Log(int i, int c) => Z(i, c) - Math.Log(Enumerable.Range(0, C).Sum(k => Math.Exp(Z(i, k))));
        double P(int i, int c) => Math.Exp(Log(i, c));
        int[] counted = [.. Enumerable.Range(0, Pixels).Where(i => labels[i] != Ignore)];
        double Mean(Func<int, double> weight, Func<int, double> cost) => counted.Sum(i => weight(i) * cost(i)) / counted.Sum(weight);
        double Own(int i) => _weights[labels[i]];
        switch (kind)
        {
            case LossKind.CrossEntropy:
                return counted.Sum(i => 0.9 * Own(i) * -Log(i, labels[i]) + 0.1 / C * Enumerable.Range(0, C).Sum(c => _weights[c] * -Log(i, c)))
                    / counted.Sum(Own);
            case LossKind.BinaryCrossEntropy:
                return counted.Sum(i => Enumerable.Range(0, C).Sum(c =>
                    _weights[c] * -Math.Log(1 / (1 + Math.Exp(labels[i] == c ? -Z(i, c) : Z(i, c)))))) / (_weights.Sum() * counted.Length);
            case LossKind.Dice:
                return Overlap(0.5, 0.5);
            case LossKind.Jaccard:
                return Overlap(1, 1);
            case LossKind.Tversky:
                return Overlap(0.3, 0.7);
            case LossKind.Focal:
                return Mean(Own, i => -Math.Pow(1 - P(i, labels[i]), 1.5) * Log(i, labels[i]));
            case LossKind.LovaszSoftmax:
                return Occurring().Average(Lovasz);
            case LossKind.Ohem:
                int least = (int)Math.Ceiling(0.0625 * counted.Length);
                double bound = Math.Max(0.7, counted.Select(i => P(i, labels[i])).Order().ElementAt(least - 1));
                counted = [.. counted.Where(i => P(i, labels[i]) <= bound)];
                return Mean(Own, i => -Log(i, labels[i]));
            case LossKind.Boundary:
                return Mean(i => Own(i) * (NearAnother(i) ? 4 : 1), i => -Log(i, labels[i]));
            default:
                throw new ArgumentOutOfRangeException(nameof(kind), kind, null);
        }

        IEnumerable<int> Occurring() => Enumerable.Range(0, C).Where(c => labels.Contains((byte)c));

        double Overlap(double a, double b) => Occurring().Average(c =>
        {
            double tp = counted.Sum(i => labels[i] == c ? P(i, c) : 0), fp = counted.Sum(i => labels[i] == c ? 0 : P(i, c)),
                fn = counted.Sum(i => labels[i] == c ? 1 - P(i, c) : 0);
            return 1 - tp / (tp + a * fp + b * fn);
        });

        // The extension's definition: each error, in falling order, times what the pixel adds to the Jaccard loss of those before it.
        double Lovasz(int c)
        {
            double sum = 0, before = 0;
            var wrong = new HashSet<int>();
            foreach (int i in counted.OrderByDescending(i => Math.Abs((labels[i] == c ? 1 : 0) - P(i, c))))
            {
                wrong.Add(i);
                int kept = counted.Count(j => labels[j] == c && !wrong.Contains(j)), union = counted.Count(j => labels[j] == c || wrong.Contains(j));
                double now = 1 - (double)kept / union;
                sum += Math.Abs((labels[i] == c ? 1 : 0) - P(i, c)) * (now - before);
                before = now;
            }
            return sum;
        }

        bool NearAnother(int i)
        {
            (int n, int y, int x) = (i / (H * W), i / W % H, i % W);
            int[] around = [.. from v in Enumerable.Range(y - 1, 3) from u in Enumerable.Range(x - 1, 3)
                where v is >= 0 and < H && u is >= 0 and < W && labels[(n * H + v) * W + u] != Ignore
                select (int)labels[(n * H + v) * W + u]];
            return around.Distinct().Count() > 1;
        }
    }
}
