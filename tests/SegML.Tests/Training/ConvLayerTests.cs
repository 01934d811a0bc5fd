using SegML.Pipelines;
using SegML.Training.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Tests.Training;

[TestClass]
public sealed class ConvLayerTests
{
    [TestMethod]
    [DataRow(35L, 1L, 1L)]
    [DataRow(32L, 4L, 1L)]
    [DataRow(24L, 2L, 1L)]
    [DataRow(35L, 4L, 1L)]
    [DataRow(35L, 1L, 35L)]
    [DataRow(35L, 2L, 35L)]
    [DataRow(64L, 4L, 64L)]
    [DataRow(64L, 16L, 64L)]
    public void GradientsInBFloat16AreNearThoseInFloat32(long channels, long dilation, long groups)
    {
        manual_seed(1);
        using ConvLayer exact = new(channels, channels, 3, dilation: dilation, groups: groups), coarse = new(channels, channels, 3, dilation: dilation, groups: groups);
        coarse.load_state_dict(exact.state_dict());
        using var network = nn.Sequential(coarse);
        ConvLayer.SetPrecision(network, Precision.BFloat16);
        for (int i = 0; i < 4; i++)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor image = randn(4, 36, 48, channels).permute(0, 3, 1, 2).requires_grad_(), upstream = randn(4, channels, 36, 48);
            Tensor expected = Gradient(exact, image, upstream);
            Soil(channels, channels / groups, 3, 3);
            Tensor actual = Gradient(coarse, image, upstream);
            Assert.AreEqual(ScalarType.BFloat16, coarse.call(image).dtype);
            float difference = ((actual - expected).abs().max() / expected.abs().max()).item<float>();
            Assert.IsTrue(difference < 0.02f, $"{difference}");
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

    private static Tensor Gradient(ConvLayer layer, Tensor image, Tensor upstream)
    {
        layer.zero_grad();
        Tensor result = layer.call(image);
        result.backward([upstream.to_type(result.dtype)]);
        return layer.parameters().Single().grad!.clone();
    }
}
