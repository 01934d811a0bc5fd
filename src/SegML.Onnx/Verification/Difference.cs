using System.Numerics;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx.Verification;

/// <summary>How far two tensors are apart.</summary>
/// <param name="Max">The largest absolute difference; infinite when shapes differ, where a side is NaN, or where only one is infinite.</param>
/// <param name="Range">The largest magnitude of the expected values, infinite ones left out.</param>
/// <param name="ArgmaxAgreement">
/// The share of positions where the largest channel is the same up to rounding, for <c>[N, C &gt; 1]</c> and <c>[N, C &gt; 1, H, W]</c>; else 1.
/// </param>
/// <param name="Expected">The expected value where the difference is largest.</param>
/// <param name="Actual">The actual value there.</param>
/// <param name="ExpectedFinite">Whether no expected value is NaN or infinite.</param>
/// <param name="ActualFinite">Whether no actual value is NaN or infinite.</param>
internal readonly record struct Difference(
    double Max, double Range, double ArgmaxAgreement, double Expected, double Actual, bool ExpectedFinite, bool ActualFinite)
{
    /// <summary>Two channels closer than this share of the largest magnitude are a tie: some roundings of float32.</summary>
    private const double Tie = 1e-6;

    /// <summary>The largest difference as a share of the largest expected magnitude; infinite when zeros are expected and not found.</summary>
    public double Relative => Max == 0 ? 0 : Max / Range;

    /// <summary>Compares two tensors.</summary>
    /// <param name="expected">What is expected.</param>
    /// <param name="actual">What is there.</param>
    /// <param name="argmax">Whether the channels are compared too; else their agreement is 1.</param>
    public static Difference Between(Tensor expected, Tensor actual, bool argmax = true)
    {
        if (!expected.shape.AsSpan().SequenceEqual(actual.shape))
        {
            return new Difference(double.PositiveInfinity, 0, 0, double.NaN, double.NaN, true, true);
        }
        if (expected.numel() == 0)
        {
            return new Difference(0, 0, 1, 0, 0, true, true);
        }
        using IDisposable noGradient = no_grad();
        using var scope = NewDisposeScope();
        Difference found = (expected.dtype == ScalarType.Float32 && actual.dtype == ScalarType.Float32 ? OfFloats(expected, actual) : null) ?? OfAny(expected, actual);
        return argmax && expected.dim() is 2 or 4 && expected.shape[1] > 1 ? found with { ArgmaxAgreement = Agreement(expected, actual, found.Range) } : found;
    }

    private static Difference OfAny(Tensor expected, Tensor actual)
    {
        Tensor a = expected.to(ScalarType.Float64), b = actual.to(ScalarType.Float64);
        // Equal infinities have no distance; NaN is equal to nothing.
        Tensor distance = where(a.eq(b), zeros_like(a), (a - b).abs()).nan_to_num(double.PositiveInfinity, double.PositiveInfinity);
        Tensor magnitude = a.abs();
        double range = where(magnitude.isfinite(), magnitude, zeros_like(a)).max().item<double>();
        long worst = distance.argmax().item<long>();
        return new Difference(distance.flatten()[worst].item<double>(), range, 1, a.flatten()[worst].item<double>(),
            b.flatten()[worst].item<double>(), AllFinite(a), AllFinite(b));
    }

    // In one pass, without a copy; null where a value is not finite.
    private static Difference? OfFloats(Tensor expected, Tensor actual)
    {
        const int Block = 4096;
        ReadOnlySpan<float> a = MemoryMarshal.Cast<byte, float>(expected.contiguous().bytes), b = MemoryMarshal.Cast<byte, float>(actual.contiguous().bytes);
        float max = -1, range = 0;
        int worst = 0;
        for (int start = 0; start < a.Length; start += Block)
        {
            ReadOnlySpan<float> ours = a.Slice(start, Math.Min(Block, a.Length - start)), theirs = b.Slice(start, ours.Length);
            (float farthest, float largest) = Farthest(ours, theirs);
            if (!float.IsFinite(farthest))
            {
                return null;
            }
            (worst, max, range) = (farthest > max ? start : worst, Math.Max(max, farthest), Math.Max(range, largest));
        }
        while (Math.Abs(a[worst] - b[worst]) < max)
        {
            worst++;
        }
        return new Difference(Math.Abs((double)a[worst] - b[worst]), range, 1, a[worst], b[worst], true, true);
    }

    // The largest distance, and the largest magnitude on the left; not finite where a value is not.
    private static (float Distance, float Magnitude) Farthest(ReadOnlySpan<float> ours, ReadOnlySpan<float> theirs)
    {
        ReadOnlySpan<Vector<float>> first = MemoryMarshal.Cast<float, Vector<float>>(ours), second = MemoryMarshal.Cast<float, Vector<float>>(theirs);
        Vector<float> distances = Vector<float>.Zero, magnitudes = Vector<float>.Zero, nothing = Vector<float>.Zero;
        for (int i = 0; i < first.Length; i++)
        {
            Vector<float> distance = first[i] - second[i];
            distances = Vector.Max(distances, Vector.Abs(distance));
            magnitudes = Vector.Max(magnitudes, Vector.Abs(first[i]));
            nothing += distance * 0f; // Zero, but for values that are not finite.
        }
        float farthest = 0, largest = 0, rest = Vector.Sum(nothing);
        for (int i = 0; i < Vector<float>.Count; i++)
        {
            (farthest, largest) = (Math.Max(farthest, distances[i]), Math.Max(largest, magnitudes[i]));
        }
        for (int i = first.Length * Vector<float>.Count; i < ours.Length; i++)
        {
            float distance = ours[i] - theirs[i];
            (farthest, largest, rest) = (Math.Max(farthest, Math.Abs(distance)), Math.Max(largest, Math.Abs(ours[i])), rest + distance * 0f);
        }
        return (farthest + rest, largest);
    }

    private static double Agreement(Tensor expected, Tensor actual, double range)
    {
        Tensor chosen = expected.gather(1, actual.argmax(1, keepdim: true)), best = expected.amax([1L], keepdim: true);
        return (best.to(ScalarType.Float64) - chosen.to(ScalarType.Float64)).le(Tie * range).to(ScalarType.Float64).mean().item<double>();
    }

    private static bool AllFinite(Tensor values) => values.isfinite().all().item<bool>();
}
