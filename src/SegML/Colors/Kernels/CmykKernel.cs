using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SegML.Colors.Kernels;

internal readonly struct CmykKernel : IColorKernel
{
    public static ColorChannel[] Channels => [ColorChannel.Unit("C"), ColorChannel.Unit("M"), ColorChannel.Unit("Y"), ColorChannel.Unit("K")];

    public static bool IsLinear => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes FromRgb(Lanes rgb)
    {
        Vector256<float> max = Vector256.Max(rgb.A, Vector256.Max(rgb.B, rgb.C)), divisor = Vector256.Max(max, Vector256<float>.One);
        return new Lanes((max - rgb.A) / divisor, (max - rgb.B) / divisor, (max - rgb.C) / divisor,
            (Vector256.Create(255f) - max) * (1 / 255f));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes ToRgb(Lanes color)
    {
        Vector256<float> one = Vector256<float>.One, white = (one - color.D) * 255f;
        return new Lanes((one - color.A) * white, (one - color.B) * white, (one - color.C) * white);
    }
}
