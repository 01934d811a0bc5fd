using SegML.Pipelines;
using SegML.Training.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Tests.Training;

[TestClass]
public sealed class ConvLayerTests
{
    private const int Height = 36, Width = 47;

    /// <summary>Layers whose channels fill the processor's blocks, do not, are odd, in groups; the stem and the head of a network.</summary>
    [TestMethod]
    [DataRow(32L, 32L, 3L, 1L, 4L, 1L)]
    [DataRow(64L, 16L, 1L, 2L, 1L, 1L)]
    [DataRow(24L, 48L, 3L, 2L, 1L, 1L)]
    [DataRow(24L, 24L, 3L, 1L, 2L, 1L)]
    [DataRow(96L, 48L, 3L, 1L, 4L, 1L)]
    [DataRow(48L, 80L, 1L, 2L, 1L, 1L)]
    [DataRow(80L, 80L, 1L, 2L, 1L, 1L)]
    [DataRow(35L, 35L, 3L, 1L, 1L, 1L)]
    [DataRow(35L, 35L, 3L, 1L, 4L, 1L)]
    [DataRow(3L, 16L, 3L, 2L, 1L, 1L)]
    [DataRow(3L, 16L, 1L, 2L, 1L, 1L)]
    [DataRow(16L, 7L, 1L, 1L, 1L, 1L)]
    [DataRow(128L, 11L, 1L, 1L, 1L, 1L)]
    [DataRow(64L, 1L, 1L, 1L, 1L, 1L)]
    [DataRow(8L, 8L, 1L, 2L, 1L, 1L)]
    [DataRow(35L, 35L, 3L, 1L, 2L, 35L)]
    [DataRow(64L, 64L, 3L, 1L, 16L, 64L)]
    public void ResultsAndGradientsInBFloat16AreNearThoseInFloat32(
        long inChannels, long outChannels, long kernel, long stride, long dilation, long groups)
    {
        manual_seed(1);
        using ConvLayer exact = new(inChannels, outChannels, kernel, stride, dilation, true, groups),
            coarse = new(inChannels, outChannels, kernel, stride, dilation, true, groups);
        coarse.load_state_dict(exact.state_dict());
        using var network = nn.Sequential(coarse);
        ConvLayer.SetPrecision(network, Precision.BFloat16);
        for (int i = 0; i < 4; i++)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor image = randn(4, Height, Width, inChannels).permute(0, 3, 1, 2);
            Tensor upstream = randn(4, outChannels, (Height + stride - 1) / stride, (Width + stride - 1) / stride);
            IReadOnlyList<Tensor> expected = ResultAndGradients(exact, image, upstream);
            Soil(outChannels, inChannels / groups, kernel, kernel);
            Soil(image.shape);
            IReadOnlyList<Tensor> actual = ResultAndGradients(coarse, image, upstream);
            Assert.AreEqual(ScalarType.BFloat16, actual[0].dtype);
            foreach ((Tensor a, Tensor e) in actual.Zip(expected))
            {
                float difference = ((a.to_type(ScalarType.Float32) - e).abs().max() / e.abs().max()).item<float>();
                Assert.IsTrue(difference < 0.03f, $"{difference} of [{string.Join(", ", e.shape)}]");
            }
        }
    }

    /// <summary>The way around a ResNet's blocks. It ended the process where it wrote beyond its memory.</summary>
    [TestMethod]
    public void AStridedKernelOfOnePixelReadsEverySecondOne()
    {
        manual_seed(1);
        using ConvLayer layer = new(8, 16, 1, stride: 2);
        using Tensor image = randn(2, 9, 10, 8).permute(0, 3, 1, 2), output = layer.call(image);
        layer.eval();
        using Tensor expected = layer.call(image);
        CollectionAssert.AreEqual(new long[] { 2, 16, 5, 5 }, output.shape);
        Assert.IsTrue(expected.allclose(output, rtol: 1e-5, atol: 1e-6));
        layer.train();
        for (int i = 0; i < 20; i++)
        {
            using DisposeScope scope = NewDisposeScope();
            layer.call(randn(2, 8, 10, 8).permute(0, 3, 1, 2).requires_grad_()).sum().backward();
        }
    }

    /// <summary>A head's classes are often odd in number.</summary>
    [TestMethod]
    [DataRow(16L, 5L, 1L)]
    [DataRow(16L, 11L, 1L)]
    [DataRow(64L, 21L, 1L)]
    [DataRow(16L, 11L, 3L)]
    [DataRow(11L, 11L, 3L)]
    public void TheGradientInBFloat16TakesInNothingFromBesideTheChannels(long inChannels, long outChannels, long kernel)
    {
        manual_seed(1);
        using ConvLayer layer = new(inChannels, outChannels, kernel);
        using var network = nn.Sequential(layer);
        ConvLayer.SetPrecision(network, Precision.BFloat16);
        for (int i = 0; i < 6; i++)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor image = randn(2, 32, 40, inChannels).permute(0, 3, 1, 2).to_type(ScalarType.BFloat16).detach().requires_grad_();
            Tensor output = layer.call(image), sum = output.sum();
            for (long size = 64; size <= 1 << 20; size *= 4)
            {
                Soil(size);
                Soil(size);
            }
            sum.backward();
            Assert.IsTrue(image.grad!.isfinite().all().item<bool>());
        }
    }

    /// <summary>Leaves NaN in memory that the next allocations of this size get: a kernel that does not write all of its result shows it.</summary>
    private static void Soil(params long[] shape)
    {
        using DisposeScope scope = NewDisposeScope();
        for (int i = 0; i < 4; i++)
        {
            full(shape, float.NaN, dtype: ScalarType.BFloat16);
            full(shape, float.NaN);
        }
    }

    /// <summary>The result, and the gradients of input, weight and bias.</summary>
    private static IReadOnlyList<Tensor> ResultAndGradients(ConvLayer layer, Tensor image, Tensor upstream)
    {
        layer.zero_grad();
        Tensor input = image.detach().requires_grad_(), result = layer.call(input);
        result.backward([upstream.to_type(result.dtype)]);
        return [result, input.grad!, .. layer.parameters().Select(p => p.grad!.clone())];
    }
}
