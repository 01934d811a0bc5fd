using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SegML.Colors.Kernels;

/// <summary>Ottosson 2020, with the matrices of his page from linear sRGB.</summary>
internal readonly struct OkLabKernel : IColorKernel
{
    private static readonly Matrix3 Cones = new(
        0.4122214708, 0.5363325363, 0.0514459929,
        0.2119034982, 0.6806995451, 0.1073969566,
        0.0883024619, 0.2817188376, 0.6299787005);

    private static readonly Matrix3 Opponents = new(
        0.2104542553, 0.7936177850, -0.0040720468,
        1.9779984951, -2.4285922050, 0.4505937099,
        0.0259040371, 0.7827717662, -0.8086757660);

    private static readonly LaneMatrix ToCones = new(Cones), FromCones = new(Cones.Inverse());
    private static readonly LaneMatrix ToOpponents = new(Opponents), FromOpponents = new(Opponents.Inverse());

    public static ColorChannel[] Channels => [ColorChannel.Unit("L"), new("a", -0.24f, 0.28f), new("b", -0.32f, 0.2f)];

    public static bool IsLinear => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes FromRgb(Lanes rgb)
    {
        Lanes cones = ToCones.Apply(rgb.A, rgb.B, rgb.C);
        Lanes lab = ToOpponents.Apply(LaneMath.CubeRoot(cones.A), LaneMath.CubeRoot(cones.B), LaneMath.CubeRoot(cones.C));
        // The cube root's least value is 1e-8: black is made 0 here.
        Vector256<float> black = Vector256.Equals(rgb.A + rgb.B + rgb.C, Vector256<float>.Zero);
        Vector256<float> grey = Vector256.Equals(rgb.A, rgb.B) & Vector256.Equals(rgb.B, rgb.C);
        return new Lanes(Vector256.AndNot(lab.A, black), Vector256.AndNot(lab.B, grey), Vector256.AndNot(lab.C, grey));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes ToRgb(Lanes color)
    {
        Lanes roots = FromOpponents.Apply(color.A, color.B, color.C);
        return FromCones.Apply(roots.A * roots.A * roots.A, roots.B * roots.B * roots.B, roots.C * roots.C * roots.C);
    }
}
