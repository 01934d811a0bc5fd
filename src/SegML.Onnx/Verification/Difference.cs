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

    public static Difference Between(Tensor expected, Tensor actual)
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
        Tensor a = expected.to(ScalarType.Float64), b = actual.to(ScalarType.Float64);
        // Equal infinities have no distance; NaN is equal to nothing.
        Tensor distance = where(a.eq(b), zeros_like(a), (a - b).abs()).nan_to_num(double.PositiveInfinity, double.PositiveInfinity);
        Tensor magnitude = a.abs();
        double range = where(magnitude.isfinite(), magnitude, zeros_like(a)).max().item<double>();
        long worst = distance.argmax().item<long>();
        return new Difference(distance.flatten()[worst].item<double>(), range, Agreement(a, b, range), a.flatten()[worst].item<double>(),
            b.flatten()[worst].item<double>(), AllFinite(a), AllFinite(b));
    }

    private static double Agreement(Tensor a, Tensor b, double range)
    {
        if (a.dim() is not (2 or 4) || a.shape[1] <= 1)
        {
            return 1;
        }
        Tensor chosen = a.gather(1, b.argmax(1, keepdim: true)), best = a.amax([1L], keepdim: true);
        return (best - chosen).le(Tie * range).to(ScalarType.Float64).mean().item<double>();
    }

    private static bool AllFinite(Tensor values) => values.isfinite().all().item<bool>();
}
