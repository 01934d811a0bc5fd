using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SegML.Colors.Kernels;

/// <summary>The weights of red and blue in luma; green has the rest.</summary>
internal interface ILuma
{
    static abstract float Red { get; }

    static abstract float Green { get; }

    static abstract float Blue { get; }
}

/// <summary>ITU-R BT.601-7, 2.5.1.</summary>
internal readonly struct Bt601 : ILuma
{
    public static float Red => 0.299f;

    public static float Green => 0.587f;

    public static float Blue => 0.114f;
}

/// <summary>ITU-R BT.709-6, 3.2.</summary>
internal readonly struct Bt709 : ILuma
{
    public static float Red => 0.2126f;

    public static float Green => 0.7152f;

    public static float Blue => 0.0722f;
}

internal readonly struct GrayKernel<TLuma> : IColorKernel
    where TLuma : struct, ILuma
{
    public static ColorChannel[] Channels => [ColorChannel.Unit("Y")];

    public static bool IsLinear => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes FromRgb(Lanes rgb) => new(Of(rgb) * (1 / 255f), default, default);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes ToRgb(Lanes color) => new(color.A * 255f, color.A * 255f, color.A * 255f);

    /// <summary>Luma in bytes. 0.5 and the like are exact; the weights are rounded once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Of(Lanes rgb) => rgb.A * TLuma.Red + rgb.B * TLuma.Green + rgb.C * TLuma.Blue;
}

internal readonly struct YCbCrKernel<TLuma> : IColorKernel
    where TLuma : struct, ILuma
{
    public static ColorChannel[] Channels => [ColorChannel.Unit("Y"), ColorChannel.Unit("Cb"), ColorChannel.Unit("Cr")];

    public static bool IsLinear => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes FromRgb(Lanes rgb)
    {
        Vector256<float> y = GrayKernel<TLuma>.Of(rgb), half = Vector256.Create(0.5f);
        return new Lanes(
            y * (1 / 255f),
            (rgb.C - y) * (0.5f / 255 / (1 - TLuma.Blue)) + half,
            (rgb.A - y) * (0.5f / 255 / (1 - TLuma.Red)) + half);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes ToRgb(Lanes color)
    {
        Vector256<float> y = color.A * 255f, half = Vector256.Create(0.5f);
        Vector256<float> blue = y + (color.B - half) * (2 * 255 * (1 - TLuma.Blue));
        Vector256<float> red = y + (color.C - half) * (2 * 255 * (1 - TLuma.Red));
        return new Lanes(red, (y - red * TLuma.Red - blue * TLuma.Blue) * (1 / TLuma.Green), blue);
    }
}
