using System.Runtime.Intrinsics;
using SegML.Pipelines;

namespace SegML.Training.Data;

/// <summary>
/// Random brightness, contrast, saturation, hue and channel gain, all of which are linear and so become one matrix:
/// out = M * (r, g, b) + offset, in bytes. Contrast turns about mid grey; saturation and hue about the pixel's luma (Rec. 601).
/// </summary>
internal readonly struct ColorJitter
{
    private readonly Vector128<float> _red, _green, _blue, _offset;

    private ColorJitter(Vector128<float> red, Vector128<float> green, Vector128<float> blue, Vector128<float> offset, double contrast)
    {
        Contrast = (float)contrast;
        _red = red;
        _green = green;
        _blue = blue;
        _offset = offset;
    }

    /// <summary>What a value is multiplied by in channels that are no colours, before <see cref="Offset"/> is added.</summary>
    public float Contrast { get; }

    /// <summary>What is added to every channel, in bytes.</summary>
    public float Offset => _offset.ToScalar();

    /// <param name="options">What is drawn.</param>
    /// <param name="random">Decides all but the hue.</param>
    /// <param name="hueRandom">Decides the hue.</param>
    public static ColorJitter Draw(AugmentationOptions options, ref SampleRandom random, SampleRandom hueRandom)
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
        double hue = options.Hue > 0 ? hueRandom.Between(-options.Hue, options.Hue) : 0;
        return new ColorJitter(
            Column(gain, 0.299, saturation, HueTurn.Of(1, 0, 0, hue)),
            Column(gain, 0.587, saturation, HueTurn.Of(0, 1, 0, hue)),
            Column(gain, 0.114, saturation, HueTurn.Of(0, 0, 1, hue)),
            Vector128.Create((float)offset, (float)offset, (float)offset, 255), contrast);

        Vector128<float> Column(ReadOnlySpan<double> gain, double luma, double saturation, (double R, double G, double B) turned) => Vector128.Create(
            (float)(gain[0] * (grey * luma + saturation * turned.R)),
            (float)(gain[1] * (grey * luma + saturation * turned.G)),
            (float)(gain[2] * (grey * luma + saturation * turned.B)), 0);
    }

    /// <summary>Changes one pixel.</summary>
    /// <param name="rgb">Red, green, blue as 0-255; the fourth element is not used.</param>
    /// <returns>The changed pixel, not clamped, and 255 as alpha.</returns>
    public Vector128<float> Apply(Vector128<float> rgb) =>
        _red * rgb.GetElement(0) + _green * rgb.GetElement(1) + _blue * rgb.GetElement(2) + _offset;
}
