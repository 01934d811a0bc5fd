using SegML.Images;

namespace SegML.Masks;

/// <summary>Colours for classes that name none.</summary>
internal static class DefaultPalette
{
    /// <summary>
    /// The colour of the i-th class. Hues advance by the golden ratio, so that any number of neighbours stay apart;
    /// brightness and strength alternate, so that classes differ in more than hue.
    /// </summary>
    public static Rgb ColorOf(int index)
    {
        double hue = 6 * (0.58 + index * 0.6180339887498949 % 1) % 6;
        double value = 0.95 - 0.2 * (index % 3), strength = index / 3 % 2 == 0 ? 0.8 : 0.5;
        return new Rgb(Channel(5), Channel(3), Channel(1));

        // HSV to RGB (Smith 1978) in its closed form.
        byte Channel(double offset)
        {
            double k = (offset + hue) % 6;
            return (byte)Math.Round(255 * value * (1 - strength * Math.Clamp(Math.Min(k, 4 - k), 0, 1)));
        }
    }
}
