using System.Runtime.Intrinsics;
using SegML.Pipelines;

namespace SegML.Training.Data;

/// <summary>
/// Random brightness, contrast, saturation and channel gain, all of which are linear and so become one matrix:
/// out = M * (r, g, b) + offset, in bytes. Contrast turns about mid grey; saturation about the pixel's luma (Rec. 601).
/// </summary>
internal readonly struct ColorJitter
{
    private readonly Vector128<float> _red, _green, _blue, _offset;

    private ColorJitter(Vector128<float> red, Vector128<float> green, Vector128<float> blue, Vector128<float> offset)
    {
        _red = red;
        _green = green;
        _blue = blue;
        _offset = offset;
    }

    public static ColorJitter Draw(AugmentationOptions options, ref SampleRandom random)
    {
        double saturation = 1 + random.Between(-options.Saturation, options.Saturation);
        double contrast = 1 + random.Between(-options.Contrast, options.Contrast);
        double brightness = 255 * random.Between(-options.Brightness, options.Brightness);
        Span<double> gain = [0, 0, 0];
        foreach (ref double g in gain)
        {
            g = contrast * (1 + random.Between(-options.ChannelGain, options.ChannelGain));
        }
        double grey = 1 - saturation, offset = 127.5 * (1 - contrast) + brightness;
        return new ColorJitter(
            Column(gain, grey * 0.299, saturation, 0, 0),
            Column(gain, grey * 0.587, 0, saturation, 0),
            Column(gain, grey * 0.114, 0, 0, saturation),
            Vector128.Create((float)offset, (float)offset, (float)offset, 255));
    }

    /// <summary>Changes one pixel.</summary>
    /// <param name="rgb">Red, green, blue as 0-255; the fourth element is not used.</param>
    /// <returns>The changed pixel, not clamped, and 255 as alpha.</returns>
    public Vector128<float> Apply(Vector128<float> rgb) =>
        _red * rgb.GetElement(0) + _green * rgb.GetElement(1) + _blue * rgb.GetElement(2) + _offset;

    private static Vector128<float> Column(ReadOnlySpan<double> gain, double grey, double r, double g, double b) =>
        Vector128.Create((float)(gain[0] * (grey + r)), (float)(gain[1] * (grey + g)), (float)(gain[2] * (grey + b)), 0);
}
