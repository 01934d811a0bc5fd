using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx.Verification;

/// <summary>How far two tensors are apart.</summary>
/// <param name="Max">The largest absolute difference; infinite when shapes differ, or where one is NaN or infinite and the other not the same.</param>
/// <param name="Range">The largest magnitude of the expected values, infinite ones left out.</param>
/// <param name="ArgmaxAgreement">The share of positions where the largest channel is the same, for <c>[N, C &gt; 1, H, W]</c>; else 1.</param>
/// <param name="Expected">The expected value where the difference is largest.</param>
/// <param name="Actual">The actual value there.</param>
internal readonly record struct Difference(double Max, double Range, double ArgmaxAgreement, double Expected, double Actual)
{
    public static Difference Between(Tensor expected, Tensor actual)
    {
        if (!expected.shape.AsSpan().SequenceEqual(actual.shape))
        {
            return new Difference(double.PositiveInfinity, 0, 0, double.NaN, double.NaN);
        }
        if (expected.numel() == 0)
        {
            return new Difference(0, 0, 1, 0, 0);
        }
        using IDisposable noGradient = no_grad();
        using var scope = NewDisposeScope();
        Tensor a = expected.to(ScalarType.Float64), b = actual.to(ScalarType.Float64);
        Tensor same = a.eq(b).logical_or(a.isnan().logical_and(b.isnan()));
        Tensor distance = where(same, zeros_like(a), (a - b).abs()).nan_to_num(double.PositiveInfinity, double.PositiveInfinity);
        Tensor magnitude = a.abs();
        double range = where(magnitude.isfinite(), magnitude, zeros_like(a)).max().item<double>();
        double agreement = a.dim() == 4 && a.shape[1] > 1
            ? a.argmax(1).eq(b.argmax(1)).to(ScalarType.Float64).mean().item<double>()
            : 1;
        long worst = distance.argmax().item<long>();
        return new Difference(distance.flatten()[worst].item<double>(), range, agreement, a.flatten()[worst].item<double>(),
            b.flatten()[worst].item<double>());
    }
}
