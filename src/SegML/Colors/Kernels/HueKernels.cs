using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SegML.Colors.Kernels;

/// <summary>What HSV and HSL share: hue, and the largest and smallest of the three.</summary>
internal readonly ref struct Hue
{
    public readonly Vector256<float> Turn, Max, Min, Spread;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Hue(Lanes rgb)
    {
        Max = Vector256.Max(rgb.A, Vector256.Max(rgb.B, rgb.C));
        Min = Vector256.Min(rgb.A, Vector256.Min(rgb.B, rgb.C));
        Spread = Max - Min;
        // From the strongest channel's place on the circle (red 0, green 1/3, blue 2/3) towards the stronger of its neighbours.
        Vector256<float> red = Vector256.Equals(Max, rgb.A), green = Vector256.Equals(Max, rgb.B);
        Vector256<float> difference = Vector256.ConditionalSelect(red, rgb.B - rgb.C,
            Vector256.ConditionalSelect(green, rgb.C - rgb.A, rgb.A - rgb.B));
        Vector256<float> place = Vector256.ConditionalSelect(red, Vector256<float>.Zero,
            Vector256.ConditionalSelect(green, Vector256.Create(1f / 3), Vector256.Create(2f / 3)));
        Vector256<float> turn = difference / (Vector256.Max(Spread, Vector256<float>.One) * 6f) + place;
        Turn = turn + (Vector256.LessThan(turn, Vector256<float>.Zero) & Vector256<float>.One);
    }
}

internal readonly struct HsvKernel : IColorKernel
{
    public static ColorChannel[] Channels => [ColorChannel.Unit("H"), ColorChannel.Unit("S"), ColorChannel.Unit("V")];

    public static bool IsLinear => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes FromRgb(Lanes rgb)
    {
        var hue = new Hue(rgb);
        // Bytes are 0 or at least 1, so this divides by 1 where there is nothing to divide.
        return new Lanes(hue.Turn, hue.Spread / Vector256.Max(hue.Max, Vector256<float>.One), hue.Max * (1 / 255f));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes ToRgb(Lanes color)
    {
        Vector256<float> sixths = color.A * 6f, value = color.C * 255f, spread = value * color.B;
        return new Lanes(Channel(5), Channel(3), Channel(1));

        // How far a channel is from the strongest: not at all for a third of the circle, then down, then all the way, then up.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector256<float> Channel(float offset)
        {
            Vector256<float> k = LaneMath.Modulo(sixths + Vector256.Create(offset), 6);
            Vector256<float> share = Vector256.Min(Vector256.Min(k, Vector256.Create(4f) - k), Vector256<float>.One);
            return value - spread * Vector256.Max(share, Vector256<float>.Zero);
        }
    }
}

internal readonly struct HslKernel : IColorKernel
{
    public static ColorChannel[] Channels => [ColorChannel.Unit("H"), ColorChannel.Unit("S"), ColorChannel.Unit("L")];

    public static bool IsLinear => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes FromRgb(Lanes rgb)
    {
        var hue = new Hue(rgb);
        Vector256<float> sum = hue.Max + hue.Min;
        Vector256<float> largest = Vector256.Min(sum, Vector256.Create(510f) - sum);
        return new Lanes(hue.Turn, hue.Spread / Vector256.Max(largest, Vector256<float>.One), sum * (1 / 510f));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes ToRgb(Lanes color)
    {
        Vector256<float> twelfths = color.A * 12f, light = color.C * 255f;
        Vector256<float> reach = color.B * Vector256.Min(light, Vector256.Create(255f) - light);
        return new Lanes(Channel(0), Channel(8), Channel(4));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector256<float> Channel(float offset)
        {
            Vector256<float> k = LaneMath.Modulo(twelfths + Vector256.Create(offset), 12);
            Vector256<float> share = Vector256.Min(Vector256.Min(k - Vector256.Create(3f), Vector256.Create(9f) - k), Vector256<float>.One);
            return light - reach * Vector256.Max(share, Vector256.Create(-1f));
        }
    }
}
