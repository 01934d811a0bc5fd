using System.Numerics;
using SegML.Colors;
using SegML.Images;
using SixLabors.ImageSharp.ColorSpaces;
using SixLabors.ImageSharp.ColorSpaces.Conversion;
using Rgb = SixLabors.ImageSharp.ColorSpaces.Rgb;

namespace SegML.ImageSharp;

/// <summary>
/// ImageSharp's <see cref="ColorSpaceConverter"/> as a <see cref="ColorConversion"/>:
/// <c>ml.Transforms.ConvertColor("Planes", "Image", ColorSpace.Lab, ImageSharpColor.ToPlanes)</c>. Set to SegML's definitions and
/// brought to SegML's units, so that only rounding differs; SegML's own conversion is faster and its error is bounded.
/// </summary>
public static class ImageSharpColor
{
    // D65 as sRGB defines it, by chromaticity; ImageSharp's own constant differs in the fourth decimal.
    private static readonly CieXyz White = new(0.3127f / 0.3290f, 1, (1 - 0.3127f - 0.3290f) / 0.3290f);

    private static readonly RgbWorkingSpace Srgb = new SRgbWorkingSpace(White, RgbWorkingSpaces.SRgb.ChromaticityCoordinates);

    private static readonly ColorSpaceConverter Converter = new(new ColorSpaceConverterOptions
    {
        WhitePoint = White,
        TargetLabWhitePoint = White,
        TargetLuvWhitePoint = White,
        TargetRgbWorkingSpace = Srgb,
        LmsAdaptationMatrix = LmsAdaptationMatrix.VonKriesHPEAdjusted,
        ChromaticAdaptation = null,
    });

    /// <summary>The spaces that ImageSharp has.</summary>
    public static IReadOnlyList<ColorSpace> Spaces { get; } =
    [
        ColorSpace.LinearRgb, ColorSpace.Hsv, ColorSpace.Hsl, ColorSpace.YCbCr601, ColorSpace.Xyz, ColorSpace.Lab, ColorSpace.Luv,
        ColorSpace.Lch, ColorSpace.Cmyk, ColorSpace.Lms,
    ];

    /// <summary>Converts an image.</summary>
    /// <param name="image">The image; alpha is not looked at.</param>
    /// <param name="to">One of <see cref="Spaces"/>.</param>
    /// <param name="planes">Receives [C, H, W].</param>
    /// <exception cref="ArgumentException">ImageSharp does not have the space, or <paramref name="planes"/> has another length.</exception>
    public static void ToPlanes(RgbaImage image, ColorSpace to, Span<float> planes)
    {
        ArgumentNullException.ThrowIfNull(image);
        Func<Rgb, Vector4> convert = Conversion(to);
        int channels = ColorChannel.Of(to).Count, pixels = image.Width * image.Height;
        if (planes.Length != (long)channels * pixels)
        {
            throw new ArgumentException(
                $"an image of {image.Width}x{image.Height} has {(long)channels * pixels} values in {to}, not {planes.Length}", nameof(planes));
        }
        ReadOnlySpan<byte> bytes = image.Pixels;
        for (int i = 0; i < pixels; i++)
        {
            Vector4 color = convert(new Rgb(bytes[4 * i] / 255f, bytes[4 * i + 1] / 255f, bytes[4 * i + 2] / 255f, Srgb));
            for (int c = 0; c < channels; c++)
            {
                planes[c * pixels + i] = color[c];
            }
        }
    }

    private static Func<Rgb, Vector4> Conversion(ColorSpace to) => to switch
    {
        ColorSpace.LinearRgb => rgb => From(Converter.ToLinearRgb(rgb), c => new(c.R, c.G, c.B, 0)),
        ColorSpace.Hsv => rgb => From(Converter.ToHsv(rgb), c => new(c.H / 360, c.S, c.V, 0)),
        ColorSpace.Hsl => rgb => From(Converter.ToHsl(rgb), c => new(c.H / 360, c.S, c.L, 0)),
        ColorSpace.YCbCr601 => rgb => From(Converter.ToYCbCr(rgb),
            c => new(c.Y / 255, (c.Cb - 128) / 255 + 0.5f, (c.Cr - 128) / 255 + 0.5f, 0)),
        ColorSpace.Xyz => rgb => From(Converter.ToCieXyz(rgb), c => new(c.X, c.Y, c.Z, 0)),
        ColorSpace.Lab => rgb => From(Converter.ToCieLab(rgb), c => new(c.L, c.A, c.B, 0)),
        ColorSpace.Luv => rgb => From(Converter.ToCieLuv(rgb), c => new(c.L, c.U, c.V, 0)),
        ColorSpace.Lch => rgb => From(Converter.ToCieLch(rgb), c => new(c.L, c.C, c.H, 0)),
        ColorSpace.Cmyk => rgb => From(Converter.ToCmyk(rgb), c => new(c.C, c.M, c.Y, c.K)),
        ColorSpace.Lms => rgb => From(Converter.ToLms(rgb), c => new(c.L, c.M, c.S, 0)),
        _ => throw new ArgumentException($"ImageSharp has no {to}; it has {string.Join(", ", Spaces)}", nameof(to)),
    };

    private static Vector4 From<T>(T color, Func<T, Vector4> values) => values(color);
}
