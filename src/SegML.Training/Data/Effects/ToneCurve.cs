using SegML.Images;

namespace SegML.Training.Data.Effects;

/// <summary>Changes each channel's values through a table; alpha stays.</summary>
internal static class ToneCurve
{
    /// <summary>Raises values, as 0 to 1, to a random power.</summary>
    /// <param name="image">Changed in place.</param>
    /// <param name="greatest">The power is log-uniform from 1 / (1 + this) to 1 + this.</param>
    /// <param name="random">Decides it.</param>
    public static void Apply(RgbaImage image, double greatest, ref SampleRandom random)
    {
        double power = Math.Pow(1 + greatest, random.Between(-1, 1));
        Span<byte> curve = stackalloc byte[256];
        for (int value = 0; value < curve.Length; value++)
        {
            curve[value] = (byte)(255 * Math.Pow(value / 255.0, power) + 0.5);
        }
        Apply(image.Pixels, curve);
    }

    /// <param name="rgba">Changed in place.</param>
    /// <param name="curve">What each of the 256 values becomes.</param>
    public static void Apply(Span<byte> rgba, ReadOnlySpan<byte> curve)
    {
        for (int i = 0; i < rgba.Length - 3; i += 4)
        {
            rgba[i] = curve[rgba[i]];
            rgba[i + 1] = curve[rgba[i + 1]];
            rgba[i + 2] = curve[rgba[i + 2]];
        }
    }
}
