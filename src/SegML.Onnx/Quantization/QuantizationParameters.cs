namespace SegML.Onnx.Quantization;

/// <summary>How uint8 codes stand for real numbers: <c>real = (code - ZeroPoint) * Scale</c>.</summary>
/// <param name="Scale">The distance of two codes, above 0.</param>
/// <param name="ZeroPoint">The code of 0, which is exact: padding and rectifiers rely on it.</param>
internal readonly record struct QuantizationParameters(float Scale, byte ZeroPoint)
{
    // Below it 1 / scale would overflow.
    private const double SmallestScale = 1e-30;

    /// <summary>The parameters whose 256 codes cover a range, widened to hold 0.</summary>
    public static QuantizationParameters Covering(double min, double max)
    {
        min = Math.Min(min, 0);
        max = Math.Max(max, 0);
        float scale = (float)((max - min) / byte.MaxValue);
        // A value that is always 0 has any scale.
        return scale < SmallestScale ? new(1, 0) : new(scale, (byte)Math.Clamp(Math.Round(-min / scale), 0, byte.MaxValue));
    }
}
