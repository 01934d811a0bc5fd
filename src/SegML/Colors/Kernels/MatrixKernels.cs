using System.Runtime.CompilerServices;

namespace SegML.Colors.Kernels;

internal readonly struct XyzKernel : IColorKernel
{
    private static readonly LaneMatrix Forward = new(RgbMatrix.ToXyz), Back = new(RgbMatrix.ToXyz.Inverse());

    public static int Channels => 3;

    public static bool IsLinear => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes FromRgb(Lanes rgb) => Forward.Apply(rgb.A, rgb.B, rgb.C);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes ToRgb(Lanes color) => Back.Apply(color.A, color.B, color.C);
}

internal readonly struct LmsKernel : IColorKernel
{
    private static readonly LaneMatrix Forward = new(RgbMatrix.ToLms), Back = new(RgbMatrix.ToLms.Inverse());

    public static int Channels => 3;

    public static bool IsLinear => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes FromRgb(Lanes rgb) => Forward.Apply(rgb.A, rgb.B, rgb.C);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes ToRgb(Lanes color) => Back.Apply(color.A, color.B, color.C);
}
