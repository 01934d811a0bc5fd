using System.Runtime.CompilerServices;

namespace SegML.Colors.Kernels;

internal readonly struct RgbKernel : IColorKernel
{
    public static ColorChannel[] Channels => [ColorChannel.Unit("R"), ColorChannel.Unit("G"), ColorChannel.Unit("B")];

    public static bool IsLinear => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes FromRgb(Lanes rgb) => new(rgb.A * (1 / 255f), rgb.B * (1 / 255f), rgb.C * (1 / 255f));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes ToRgb(Lanes color) => new(color.A * 255f, color.B * 255f, color.C * 255f);
}

internal readonly struct BgrKernel : IColorKernel
{
    public static ColorChannel[] Channels => [ColorChannel.Unit("B"), ColorChannel.Unit("G"), ColorChannel.Unit("R")];

    public static bool IsLinear => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes FromRgb(Lanes rgb) => new(rgb.C * (1 / 255f), rgb.B * (1 / 255f), rgb.A * (1 / 255f));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes ToRgb(Lanes color) => new(color.C * 255f, color.B * 255f, color.A * 255f);
}

internal readonly struct LinearRgbKernel : IColorKernel
{
    public static ColorChannel[] Channels => [ColorChannel.Unit("R"), ColorChannel.Unit("G"), ColorChannel.Unit("B")];

    public static bool IsLinear => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes FromRgb(Lanes rgb) => rgb;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes ToRgb(Lanes color) => color;
}
