using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SegML.Colors.Kernels;

/// <summary>CIE 1976 lightness, which Lab and Luv share. Constants as CIE 15:2004 gives them, as fractions of 29.</summary>
internal static class CieLightness
{
    /// <summary>Below this share of the white, lightness is proportional to light: (6/29)^3.</summary>
    public const float Knee = 216f / 24389;

    /// <summary>Lightness a unit of light below the knee: (29/3)^3.</summary>
    public const float Slope = 24389f / 27;

    /// <summary>Lightness, 0..100, of light Y/Yn whose cube root is known; exactly 0 for 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Of(Vector256<float> y, Vector256<float> root) =>
        Vector256.ConditionalSelect(Vector256.GreaterThan(y, Vector256.Create(Knee)), root * 116f - Vector256.Create(16f), y * Slope);
}

internal readonly struct LabKernel : IColorKernel
{
    private static readonly LaneMatrix Forward = new(RgbMatrix.ToRelativeXyz), Back = new(RgbMatrix.ToRelativeXyz.Inverse());

    public static ColorChannel[] Channels => [new("L", 0, 100), new("a", -87, 99), new("b", -108, 95)];

    public static bool IsLinear => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes FromRgb(Lanes rgb)
    {
        Lanes xyz = Forward.Apply(rgb.A, rgb.B, rgb.C);
        Vector256<float> root = LaneMath.CubeRoot(xyz.B);
        Vector256<float> fx = F(xyz.A, LaneMath.CubeRoot(xyz.A)), fy = F(xyz.B, root), fz = F(xyz.C, LaneMath.CubeRoot(xyz.C));
        // The three sums of a grey round differently; nothing is left of that.
        Vector256<float> grey = Vector256.Equals(rgb.A, rgb.B) & Vector256.Equals(rgb.B, rgb.C);
        return new Lanes(CieLightness.Of(xyz.B, root), Vector256.AndNot((fx - fy) * 500f, grey), Vector256.AndNot((fy - fz) * 200f, grey));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes ToRgb(Lanes color)
    {
        Vector256<float> fy = (color.A + Vector256.Create(16f)) * (1f / 116);
        return Back.Apply(Light(fy + color.B * (1f / 500)), Light(fy), Light(fy - color.C * (1f / 200)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> F(Vector256<float> light, Vector256<float> root) =>
        Vector256.ConditionalSelect(Vector256.GreaterThan(light, Vector256.Create(CieLightness.Knee)), root,
            light * (CieLightness.Slope / 116) + Vector256.Create(4f / 29));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Light(Vector256<float> f) =>
        Vector256.ConditionalSelect(Vector256.GreaterThan(f, Vector256.Create(6f / 29)), f * f * f,
            (f - Vector256.Create(4f / 29)) * (116 / CieLightness.Slope));
}

/// <summary>Lab in polar form.</summary>
internal readonly struct LchKernel : IColorKernel
{
    public static ColorChannel[] Channels => [new("L", 0, 100), new("C", 0, 134), new("h", 0, 360)];

    public static bool IsLinear => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes FromRgb(Lanes rgb)
    {
        Lanes lab = LabKernel.FromRgb(rgb);
        return new Lanes(lab.A, Vector256.Sqrt(lab.B * lab.B + lab.C * lab.C), LaneMath.Angle(lab.C, lab.B));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes ToRgb(Lanes color)
    {
        (Vector256<float> sine, Vector256<float> cosine) = LaneMath.SineAndCosine(color.C);
        return LabKernel.ToRgb(new Lanes(color.A, color.B * cosine, color.B * sine));
    }
}
