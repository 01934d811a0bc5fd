using SegML.Colors;

namespace SegML.Tests.Colors;

/// <summary>
/// The colour spaces' formulas as their sources print them, in double precision, one colour at a time. Also compiled into the
/// benchmarks, which hold all 16.7 million colours against it.
/// </summary>
internal static class ColorReference
{
    // sRGB to XYZ at full precision, as CSS Color Module Level 4 (section 18) and others print it.
    private const double Xr = 0.41239079926595934, Xg = 0.357584339383878, Xb = 0.1804807884018343;
    private const double Yr = 0.21263900587151027, Yg = 0.715168678767756, Yb = 0.07219231536073371;
    private const double Zr = 0.01933081871559182, Zg = 0.11919477979462598, Zb = 0.9505321522496607;
    private const double Xn = Xr + Xg + Xb, Yn = Yr + Yg + Yb, Zn = Zr + Zg + Zb;

    /// <summary>How far SegML's floats may be off: L, a, b, u, v and C in their units, everything else of 0..1.</summary>
    public static double Tolerance(ColorSpace space) => space is ColorSpace.Lab or ColorSpace.Luv or ColorSpace.Lch ? 2e-4 : 1e-6;

    /// <summary>The largest difference in any channel. Of LCh's hue: how far the colour moves, since grey's hue is anything.</summary>
    public static double Difference(ColorSpace space, ReadOnlySpan<float> got, ReadOnlySpan<double> expected)
    {
        double most = 0;
        for (int c = 0; c < got.Length; c++)
        {
            double difference = Math.Abs(got[c] - expected[c]);
            if (space == ColorSpace.Lch && c == 2)
            {
                difference = Math.Min(difference, 360 - difference) * Math.PI / 180 * expected[1];
            }
            // Written so that NaN is never the smaller one.
            most = difference <= most ? most : difference;
        }
        return most;
    }

    /// <summary>Converts one colour.</summary>
    /// <param name="color">Receives as many values as the space has channels.</param>
    public static void Convert(ColorSpace space, int red, int green, int blue, Span<double> color) =>
        FromShares(space, red / 255.0, green / 255.0, blue / 255.0, color);

    /// <summary>Converts one colour of any number of bits, as stored, 0..1.</summary>
    /// <param name="color">Receives as many values as the space has channels.</param>
    public static void FromShares(ColorSpace space, double r, double g, double b, Span<double> color)
    {
        switch (space)
        {
            case ColorSpace.Rgb: Put(color, r, g, b); break;
            case ColorSpace.Bgr: Put(color, b, g, r); break;
            case ColorSpace.LinearRgb: Put(color, Linear(r), Linear(g), Linear(b)); break;
            case ColorSpace.Gray601: color[0] = 0.299 * r + 0.587 * g + 0.114 * b; break;
            case ColorSpace.Gray709: color[0] = 0.2126 * r + 0.7152 * g + 0.0722 * b; break;
            case ColorSpace.YCbCr601: YCbCr(0.299, 0.587, 0.114, r, g, b, color); break;
            case ColorSpace.YCbCr709: YCbCr(0.2126, 0.7152, 0.0722, r, g, b, color); break;
            case ColorSpace.Hsv: Hsv(r, g, b, color); break;
            case ColorSpace.Hsl: Hsl(r, g, b, color); break;
            case ColorSpace.Cmyk: Cmyk(r, g, b, color); break;
            case ColorSpace.Xyz: Xyz(r, g, b, color); break;
            case ColorSpace.Lms: Lms(r, g, b, color); break;
            case ColorSpace.Lab: Lab(r, g, b, color); break;
            case ColorSpace.Luv: Luv(r, g, b, color); break;
            case ColorSpace.Lch: Lch(r, g, b, color); break;
            case ColorSpace.OkLab: OkLab(r, g, b, color); break;
            default: throw new ArgumentOutOfRangeException(nameof(space));
        }
    }

    private static double Linear(double encoded) => encoded <= 0.04045 ? encoded / 12.92 : Math.Pow((encoded + 0.055) / 1.055, 2.4);

    private static void YCbCr(double kr, double kg, double kb, double r, double g, double b, Span<double> color)
    {
        double y = kr * r + kg * g + kb * b;
        Put(color, y, (b - y) / (2 * (1 - kb)) + 0.5, (r - y) / (2 * (1 - kr)) + 0.5);
    }

    private static double Hue(double r, double g, double b, double max, double min)
    {
        if (max == min)
        {
            return 0;
        }
        double sixths = max == r ? (g - b) / (max - min) : max == g ? 2 + (b - r) / (max - min) : 4 + (r - g) / (max - min);
        return (sixths < 0 ? sixths + 6 : sixths) / 6;
    }

    private static void Hsv(double r, double g, double b, Span<double> color)
    {
        double max = Math.Max(r, Math.Max(g, b)), min = Math.Min(r, Math.Min(g, b));
        Put(color, Hue(r, g, b, max, min), max == 0 ? 0 : (max - min) / max, max);
    }

    private static void Hsl(double r, double g, double b, Span<double> color)
    {
        double max = Math.Max(r, Math.Max(g, b)), min = Math.Min(r, Math.Min(g, b)), light = (max + min) / 2;
        Put(color, Hue(r, g, b, max, min), max == min ? 0 : (max - min) / (1 - Math.Abs(2 * light - 1)), light);
    }

    private static void Cmyk(double r, double g, double b, Span<double> color)
    {
        double k = 1 - Math.Max(r, Math.Max(g, b));
        color[3] = k;
        if (k == 1)
        {
            Put(color, 0, 0, 0);
            return;
        }
        Put(color, (1 - r - k) / (1 - k), (1 - g - k) / (1 - k), (1 - b - k) / (1 - k));
    }

    private static void Xyz(double r, double g, double b, Span<double> color)
    {
        (r, g, b) = (Linear(r), Linear(g), Linear(b));
        Put(color, Xr * r + Xg * g + Xb * b, Yr * r + Yg * g + Yb * b, Zr * r + Zg * g + Zb * b);
    }

    private static void Lms(double r, double g, double b, Span<double> color)
    {
        Xyz(r, g, b, color);
        Put(color, 0.40024 * color[0] + 0.7076 * color[1] - 0.08081 * color[2],
            -0.2263 * color[0] + 1.16532 * color[1] + 0.0457 * color[2], 0.91822 * color[2]);
    }

    private static void Lab(double r, double g, double b, Span<double> color)
    {
        Xyz(r, g, b, color);
        double fx = F(color[0] / Xn), fy = F(color[1] / Yn), fz = F(color[2] / Zn);
        bool grey = r == g && g == b;
        Put(color, 116 * fy - 16, grey ? 0 : 500 * (fx - fy), grey ? 0 : 200 * (fy - fz));

        static double F(double t) => t > 216.0 / 24389 ? Math.Cbrt(t) : (24389.0 / 27 * t + 16) / 116;
    }

    private static void Luv(double r, double g, double b, Span<double> color)
    {
        Xyz(r, g, b, color);
        double y = color[1] / Yn, light = y > 216.0 / 24389 ? 116 * Math.Cbrt(y) - 16 : 24389.0 / 27 * y;
        double divisor = color[0] + 15 * color[1] + 3 * color[2], white = Xn + 15 * Yn + 3 * Zn;
        bool black = divisor == 0;
        double u = black ? 0 : 4 * color[0] / divisor - 4 * Xn / white, v = black ? 0 : 9 * color[1] / divisor - 9 * Yn / white;
        Put(color, light, 13 * light * u, 13 * light * v);
    }

    private static void Lch(double r, double g, double b, Span<double> color)
    {
        Lab(r, g, b, color);
        double hue = Math.Atan2(color[2], color[1]) * 180 / Math.PI;
        Put(color, color[0], Math.Sqrt(color[1] * color[1] + color[2] * color[2]), hue < 0 ? hue + 360 : hue);
    }

    private static void OkLab(double r, double g, double b, Span<double> color)
    {
        (r, g, b) = (Linear(r), Linear(g), Linear(b));
        double l = Math.Cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
        double m = Math.Cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
        double s = Math.Cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
        bool grey = r == g && g == b;
        Put(color, 0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
            grey ? 0 : 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
            grey ? 0 : 0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s);
    }

    private static void Put(Span<double> color, double a, double b, double c) => (color[0], color[1], color[2]) = (a, b, c);
}
