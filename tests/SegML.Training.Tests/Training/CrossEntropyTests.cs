using SegML.Pipelines;
using SegML.Training.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Tests.Training;

[TestClass]
public sealed class CrossEntropyTests
{
    [TestMethod]
    [DataRow(0.0)]
    [DataRow(0.05)]
    [DataRow(0.3)]
    public void IsItsDefinitionInDoublePrecision(double smoothing)
    {
        const int N = 2, C = 5, H = 6, W = 7;
        var random = new Random(11);
        float[] weights = [0.5f, 2, 1, 0.25f, 3];
        float[] logits = [.. Enumerable.Range(0, N * C * H * W).Select(_ => (float)(4 * random.NextDouble() - 2))];
        byte[] labels = [.. Enumerable.Range(0, N * H * W).Select(_ => (byte)random.Next(C + 1)).Select(l => l == C ? (byte)200 : l)];

        double sum = 0, weight = 0;
        for (int n = 0; n < N; n++)
        {
            for (int p = 0; p < H * W; p++)
            {
                int label = labels[n * H * W + p];
                if (label == 200)
                {
                    continue;
                }
                double[] z = [.. Enumerable.Range(0, C).Select(c => (double)logits[(n * C + c) * H * W + p])];
                double normaliser = Math.Log(z.Sum(Math.Exp));
                double smooth = Enumerable.Range(0, C).Sum(c => weights[c] * (normaliser - z[c])) / C;
                sum += (1 - smoothing) * weights[label] * (normaliser - z[label]) + smoothing * smooth;
                weight += weights[label];
            }
        }

        using var loss = new SegmentationLoss([new LossOptions()], weights, smoothing, 200, CPU);
        using Tensor z4 = tensor(logits, N, C, H, W), truth = tensor(labels, N, H, W);
        using Tensor lastChannels = z4.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
        Assert.AreEqual(sum / weight, loss.Compute(z4, truth).item<float>(), 1e-5);
        Assert.AreEqual(sum / weight, loss.Compute(lastChannels, truth).item<float>(), 1e-5);
    }

    [TestMethod]
    public void SmallerLogitsAreEnlargedToTheLabels()
    {
        using var loss = new SegmentationLoss([new LossOptions()], [1, 1, 1], 0, 255, CPU);
        manual_seed(2);
        using Tensor logits = randn(1, 3, 4, 5), labels = randint(0, 3, [1, 9, 11]).to_type(ScalarType.Byte);
        using Tensor enlarged = nn.functional.interpolate(logits, [9, 11], mode: InterpolationMode.Bilinear, align_corners: false);
        Assert.AreEqual(loss.Compute(enlarged, labels).item<float>(), loss.Compute(logits, labels).item<float>());
    }

    [TestMethod]
    [DataRow(11, 9, 7, 18, 14, 1f, 0.05, DisplayName = "twice as large")]
    [DataRow(11, 6, 8, 6, 8, 1f, 0.05, DisplayName = "as large")]
    [DataRow(3, 5, 4, 17, 9, 1f, 0.0, DisplayName = "by no whole factor")]
    [DataRow(40, 1, 1, 5, 3, 1f, 0.2, DisplayName = "one pixel, many classes")]
    [DataRow(1, 3, 3, 6, 6, 1f, 0.0, DisplayName = "one class")]
    [DataRow(4, 8, 8, 4, 4, 1f, 0.1, DisplayName = "half as large")]
    [DataRow(5, 6, 6, 12, 12, 400f, 0.05, DisplayName = "logits that no power holds")]
    public void OnePassOnTheCpuIsTorchsInDoublePrecision(int classes, int h, int w, int height, int width, float size, double smoothing)
    {
        using DisposeScope scope = NewDisposeScope();
        var generator = new Generator(5);
        Tensor logits = (randn(2, h, w, classes, generator: generator) * size).permute(0, 3, 1, 2).requires_grad_(true);
        Tensor exact = logits.detach().to_type(ScalarType.Float64).contiguous().requires_grad_(true);
        Tensor labels = randint(0, classes + 1, [2, height, width], generator: generator).to_type(ScalarType.Byte);
        float[] weights = [.. Enumerable.Range(1, classes).Select(c => 0.3f + c % 4)];
        using var loss = new SegmentationLoss([new LossOptions()], weights, smoothing, (byte)classes, CPU);

        Tensor value = loss.Compute(logits, labels), reference = loss.Compute(exact, labels);
        (value * 3).backward();
        (reference * 3).backward();
        Assert.AreEqual(reference.item<double>(), value.item<float>(), 1e-5 * size);
        double difference = (logits.grad! - exact.grad!).abs().max().item<double>(), greatest = exact.grad!.abs().max().item<double>();
        Assert.IsLessThanOrEqualTo(1e-5 * size * greatest, difference);
    }

    [TestMethod]
    public void ThreadsChangeNothingOfTheLoss()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = randn(5, 4, 9, 7, generator: new Generator(6)), labels = randint(0, 4, [5, 18, 14], generator: new Generator(7)).to_type(ScalarType.Byte);
        using var loss = new SegmentationLoss([new LossOptions()], [1, 2, 3, 4], 0.1, 255, CPU);
        int threads = get_num_threads();
        try
        {
            (float Value, byte[] Gradient)[] seen = [.. ((int[])[1, 4]).Select(count =>
            {
                set_num_threads(count);
                Tensor copy = logits.clone().requires_grad_(true), value = loss.Compute(copy, labels);
                value.backward();
                return (value.item<float>(), copy.grad!.contiguous().bytes.ToArray());
            })];
            Assert.AreEqual(seen[0].Value, seen[1].Value);
            CollectionAssert.AreEqual(seen[0].Gradient, seen[1].Gradient);
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    [TestMethod]
    public void ABatchOfIgnoredPixelsCostsNothingAndMovesNothing()
    {
        using var loss = new SegmentationLoss([new LossOptions()], [1, 1, 1], 0.1, 255, CPU);
        using Tensor logits = randn(1, 3, 4, 4).requires_grad_(true), labels = full([1, 4, 4], 255, ScalarType.Byte);
        using Tensor value = loss.Compute(logits, labels);
        value.backward();
        Assert.AreEqual(0, value.item<float>());
        Assert.AreEqual(0, logits.grad!.abs().max().item<float>());
    }
}
