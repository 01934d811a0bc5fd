using static TorchSharp.torch;

namespace SegML.Tests.Training;

internal static class TensorAssert
{
    /// <summary>Same shape, same type, same bytes.</summary>
    public static void AreSame(Tensor expected, Tensor actual)
    {
        using Tensor a = expected.detach().contiguous(), b = actual.detach().contiguous();
        CollectionAssert.AreEqual(a.shape, b.shape);
        Assert.AreEqual(a.dtype, b.dtype);
        Assert.IsTrue(a.bytes.SequenceEqual(b.bytes));
    }

    /// <summary>The same for all parameters.</summary>
    public static void AreSame(nn.Module expected, nn.Module actual)
    {
        foreach ((Tensor a, Tensor b) in expected.parameters().Zip(actual.parameters()))
        {
            AreSame(a, b);
        }
    }
}
