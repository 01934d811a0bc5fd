using System.Globalization;

namespace SegML.Video;

/// <summary>Frames a second, as the fraction that video files hold: NTSC's rate is 30000/1001, and no decimal.</summary>
/// <param name="Numerator">At least 1.</param>
/// <param name="Denominator">At least 1.</param>
public readonly record struct FrameRate(int Numerator, int Denominator)
{
    // The largest denominator of a time base that MPEG-4 part 2 can hold; the time base is the rate's inverse.
    private const int MostNumerator = 65535;

    /// <summary>Frames a second.</summary>
    public double Value => (double)Numerator / Denominator;

    /// <summary>The fraction, as ffmpeg reads it.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Numerator}/{Denominator}");

    /// <summary>Reads a fraction such as 30000/1001.</summary>
    /// <returns>Null where it is none, or not above 0: ffprobe says 0/0 for unknown.</returns>
    internal static FrameRate? Parse(string? text)
    {
        string[] parts = (text ?? "").Split('/');
        return parts.Length == 2 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int numerator)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int denominator)
            && numerator > 0 && denominator > 0 ? new FrameRate(numerator, denominator) : null;
    }

    /// <summary>The nearest rate that every encoder takes.</summary>
    internal FrameRate ForEncoders()
    {
        if (Numerator <= MostNumerator)
        {
            return this;
        }
        int denominator = Value * 1000 <= MostNumerator ? 1000 : 1;
        return new FrameRate((int)Math.Clamp(Math.Round(Value * denominator), 1, MostNumerator), denominator);
    }
}
