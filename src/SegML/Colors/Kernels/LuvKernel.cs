using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SegML.Colors.Kernels;

internal readonly struct LuvKernel : IColorKernel
{
    // u' = 4X / (X + 15Y + 3Z) and v' = 9Y / (the same); un and vn are the white's.
    private static readonly double Divisor = RgbMatrix.White.X + 15 * RgbMatrix.White.Y + 3 * RgbMatrix.White.Z;
    private static readonly double Un = 4 * RgbMatrix.White.X / Divisor, Vn = 9 * RgbMatrix.White.Y / Divisor;

    // The numerators of u' - un and v' - vn, and the divisor, straight from RGB: subtracted here in double precision, they lose
    // nothing where colours are nearly grey.
    private static readonly LaneMatrix Forward =
        new(new Matrix3(4 - Un, -15 * Un, -3 * Un, -Vn, 9 - 15 * Vn, -3 * Vn, 1, 15, 3) * RgbMatrix.ToXyz);
    private static readonly float Red = (float)RgbMatrix.ToXyz.M21, Green = (float)RgbMatrix.ToXyz.M22, Blue = (float)RgbMatrix.ToXyz.M23;
    private static readonly LaneMatrix Back = new(RgbMatrix.ToXyz.Inverse());
    private static readonly float WhiteU = (float)Un, WhiteV = (float)Vn;

    public static ColorChannel[] Channels => [new("L", 0, 100), new("u", -84, 176), new("v", -135, 108)];

    public static bool IsLinear => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes FromRgb(Lanes rgb)
    {
        Vector256<float> y = rgb.A * Red + rgb.B * Green + rgb.C * Blue;
        Vector256<float> l = CieLightness.Of(y, LaneMath.CubeRoot(y));
        Lanes parts = Forward.Apply(rgb.A, rgb.B, rgb.C);
        Vector256<float> scale = l * 13f / Vector256.Max(parts.C, Vector256.Create(1e-24f));
        Vector256<float> grey = Vector256.Equals(rgb.A, rgb.B) & Vector256.Equals(rgb.B, rgb.C);
        return new Lanes(l, Vector256.AndNot(parts.A * scale, grey), Vector256.AndNot(parts.B * scale, grey));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes ToRgb(Lanes color)
    {
        Vector256<float> root = (color.A + Vector256.Create(16f)) * (1f / 116);
        Vector256<float> y = Vector256.ConditionalSelect(Vector256.GreaterThan(color.A, Vector256.Create(8f)),
            root * root * root, color.A * (1 / CieLightness.Slope));
        Vector256<float> scale = Vector256<float>.One / Vector256.Max(color.A * 13f, Vector256.Create(1e-6f));
        Vector256<float> u = color.B * scale + Vector256.Create(WhiteU), v = color.C * scale + Vector256.Create(WhiteV);
        Vector256<float> quarter = y / (v * 4f);
        return Back.Apply(quarter * u * 9f, y, quarter * (Vector256.Create(12f) - u * 3f - v * 20f));
    }
}
