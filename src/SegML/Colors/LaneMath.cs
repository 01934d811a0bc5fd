using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SegML.Colors;

/// <summary>
/// Functions of eight floats, made of operations that IEEE 754 rounds the same on every processor: no fused multiply-add and
/// no library function, both of which differ from one to the next.
/// </summary>
internal static class LaneMath
{
    private const float Degrees = (float)(180 / Math.PI);

    /// <summary>
    /// The cube root, to about 1e-7 of itself. A third of a float's bits, shifted, is a first estimate within 4 %; each of
    /// Halley's steps cubes the error. Input of 0 or above; below 1e-24 it is taken for that, since 0 would divide by 0.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> CubeRoot(Vector256<float> value)
    {
        Vector256<float> x = Vector256.Max(value, Vector256.Create(1e-24f));
        // Two thirds of the exponent's offset, less what makes the estimate's errors even.
        Vector256<int> third = Vector256.ConvertToInt32(Vector256.ConvertToSingle(x.AsInt32()) * (1f / 3));
        Vector256<float> y = (third + Vector256.Create(709_965_728)).AsSingle();
        return Halley(Halley(y, x), x);
    }

    /// <summary>The angle of (x, y) in degrees, 0 up to 360; 0 for (0, 0). Error below 4e-5 degrees.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Angle(Vector256<float> y, Vector256<float> x)
    {
        Vector256<float> ax = Vector256.Abs(x), ay = Vector256.Abs(y);
        Vector256<float> longer = Vector256.Max(ax, ay), shorter = Vector256.Min(ax, ay);
        // Beyond 22.5 degrees the angle from the diagonal: tan(t - 45) = (tan t - 1) / (tan t + 1).
        Vector256<float> beyond = Vector256.GreaterThan(shorter, longer * 0.41421356f);
        Vector256<float> over = Vector256.ConditionalSelect(beyond, shorter - longer, shorter);
        Vector256<float> under = Vector256.ConditionalSelect(beyond, shorter + longer, longer);
        Vector256<float> t = over / Vector256.Max(under, Vector256.Create(1e-30f)), tt = t * t;
        // Gregory's series; at tan 22.5 degrees the first term left out is 2e-8.
        Vector256<float> series = Vector256.Create(-1f / 15);
        for (int n = 13; n >= 1; n -= 2)
        {
            series = series * tt + Vector256.Create((n & 2) == 0 ? 1f / n : -1f / n);
        }
        Vector256<float> angle = series * t * Degrees + (beyond & Vector256.Create(45f));
        angle = Vector256.ConditionalSelect(Vector256.GreaterThan(ay, ax), Vector256.Create(90f) - angle, angle);
        angle = Vector256.ConditionalSelect(Vector256.LessThan(x, Vector256<float>.Zero), Vector256.Create(180f) - angle, angle);
        Vector256<float> whole = Vector256.ConditionalSelect(Vector256.LessThan(y, Vector256<float>.Zero), Vector256.Create(360f) - angle, angle);
        // A hair below 0 rounds to 360, which is 0.
        return Vector256.ConditionalSelect(Vector256.GreaterThanOrEqual(whole, Vector256.Create(360f)), Vector256<float>.Zero, whole);
    }

    /// <summary>Sine and cosine of an angle in degrees.</summary>
    public static (Vector256<float> Sine, Vector256<float> Cosine) SineAndCosine(Vector256<float> degrees)
    {
        Vector256<float> quarters = Vector256.Floor(degrees * (1f / 90) + Vector256.Create(0.5f));
        Vector256<float> t = (degrees - quarters * 90f) * (1 / Degrees), tt = t * t;
        // Taylor's series within 45 degrees of a quarter.
        Vector256<float> sine = ((((tt * (1f / 362880) - Vector256.Create(1f / 5040)) * tt + Vector256.Create(1f / 120)) * tt
            - Vector256.Create(1f / 6)) * tt + Vector256<float>.One) * t;
        Vector256<float> cosine = (((tt * (1f / 40320) - Vector256.Create(1f / 720)) * tt + Vector256.Create(1f / 24)) * tt
            - Vector256.Create(0.5f)) * tt + Vector256<float>.One;
        Vector256<int> quarter = Vector256.ConvertToInt32(quarters);
        Vector256<float> odd = Vector256.Equals(quarter & Vector256<int>.One, Vector256<int>.One).AsSingle();
        Vector256<float> s = Vector256.ConditionalSelect(odd, cosine, sine), c = Vector256.ConditionalSelect(odd, sine, cosine);
        // Quarters 2 and 3 turn the sine's sign, 1 and 2 the cosine's: bit 1 of the quarter, and of the quarter after it.
        return (s ^ Sign(quarter), c ^ Sign(quarter + Vector256<int>.One));
    }

    /// <summary>The rest of a division, not below 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Modulo(Vector256<float> value, float divisor) =>
        value - Vector256.Floor(value * (1 / divisor)) * divisor;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Halley(Vector256<float> y, Vector256<float> x)
    {
        Vector256<float> cube = y * y * y;
        return y * ((cube + (x + x)) / (cube + cube + x));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Sign(Vector256<int> quarter) => ((quarter & Vector256.Create(2)) << 30).AsSingle();
}
