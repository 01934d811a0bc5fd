using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx.Verification;

/// <summary>Inputs of other shapes that resemble the example: the same type, range and, for integers, the same values.</summary>
internal static class ExampleInputs
{
    /// <summary>Draws an input. The same arguments give the same values; TorchSharp's global random state is left alone.</summary>
    public static Tensor Like(Tensor example, long[] shape, int seed)
    {
        using IDisposable noGradient = no_grad();
        using var scope = NewDisposeScope();
        if (!example.is_floating_point())
        {
            // Indices into an embedding must stay in range: only values that the example holds.
            var random = new Random(seed);
            var picks = new long[shape.Aggregate(1L, (a, b) => a * b)];
            for (int i = 0; i < picks.Length; i++)
            {
                picks[i] = random.NextInt64(example.numel());
            }
            if (IsSorted(example))
            {
                // Where bags begin: in order, and the first is the example's first.
                picks[0] = 0;
                Array.Sort(picks);
            }
            return example.flatten()[tensor(picks)].reshape(shape).MoveToOuterDisposeScope();
        }
        using var generator = new Generator((ulong)seed, CPU);
        // Of four dimensions in the example's order in memory: libtorch's convolutions differ by it, also in what they get wrong.
        Tensor normal = shape.Length == 4 && example.dim() == 4 && example.stride(3) == example.shape[1]
            ? randn([shape[0], shape[2], shape[3], shape[1]], dtype: ScalarType.Float32, generator: generator).permute(0, 3, 1, 2)
            : randn(shape, dtype: ScalarType.Float32, generator: generator);
        double deviation = example.numel() > 1 ? example.std().item<float>() : 0;
        return (IsUsable(deviation) ? normal * deviation + example.mean() : normal).to(example.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>Whether all values are the same, as in an input of zeros: too little to compare two models by.</summary>
    public static bool IsConstant(Tensor example)
    {
        using Tensor same = example.eq(example.flatten()[0]);
        using Tensor all = same.all();
        return all.item<bool>();
    }

    private static bool IsSorted(Tensor example)
    {
        if (example.dim() != 1 || example.numel() < 2)
        {
            return false;
        }
        using Tensor steps = example.diff(), falls = steps.lt(0), any = falls.any();
        return !any.item<bool>();
    }

    private static bool IsUsable(double deviation) => double.IsFinite(deviation) && deviation > 0;
}
