using SegML.Pipelines;
using SegML.Training.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Tests.Training;

[TestClass]
public sealed class ConvLayerTests
{
    [TestMethod]
    [DataRow(3L, 1L, 1L)]
    [DataRow(3L, 4L, 1L)]
    [DataRow(3L, 1L, 32L)]
    [DataRow(3L, 4L, 32L)]
    [DataRow(3L, 16L, 32L)]
    public void GradientsInBFloat16AreNearThoseInFloat32(long kernel, long dilation, long groups)
    {
        manual_seed(1);
        using ConvLayer exact = new(32, 32, kernel, dilation: dilation, groups: groups), coarse = new(32, 32, kernel, dilation: dilation, groups: groups);
        coarse.load_state_dict(exact.state_dict());
        ConvLayer.SetPrecision(coarse, Precision.BFloat16);
        for (int i = 0; i < 8; i++)
        {
            using DisposeScope scope = NewDisposeScope();
            // Memory that comes back from an allocator is not empty: a kernel that does not write all of its result shows it.
            using (full([32, 32, 3, 3], float.NaN))
            {
            }
            Tensor image = randn(2, 36, 48, 32).permute(0, 3, 1, 2), upstream = randn(2, 32, 36, 48);
            Tensor expected = Gradient(exact, image, upstream), actual = Gradient(coarse, image, upstream);
            Assert.IsLessThan(0.02f, ((actual - expected).abs().max() / expected.abs().max()).item<float>());
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
