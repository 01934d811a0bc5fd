using System.Runtime.InteropServices;
using SegML.Colors.Kernels;
using SegML.Images;

namespace SegML.Colors;

/// <summary>
/// Converts images to planes of floats in a colour space, and back. Vectorised, one pass, nothing allocated; the same numbers
/// on every processor. All 16.7 million RGB values are within 2e-4 (L, a, b, u, v, C in their units) or 1e-6 (0..1) of formulas
/// in double precision, and come back to the same bytes from every space but grey.
/// </summary>
public static class ColorConverter
{
    /// <summary>Converts an image.</summary>
    /// <param name="image">The image; alpha is not looked at.</param>
    /// <param name="to">The colour space.</param>
    /// <param name="planes">Receives [C, H, W]: a plane a channel, as many as <see cref="ColorChannel.Of"/> lists.</param>
    /// <exception cref="ArgumentException"><paramref name="planes"/> has another length.</exception>
    /// <exception cref="ArgumentOutOfRangeException">No such space.</exception>
    public static void ToPlanes(RgbaImage image, ColorSpace to, Span<float> planes)
    {
        ArgumentNullException.ThrowIfNull(image);
        CheckLength(image, to, planes.Length);
        ToPlanes(MemoryMarshal.Cast<byte, uint>(image.Pixels), to, planes, image.Width * image.Height);
    }

    /// <summary>Converts planes back to an image. Colours that sRGB does not have are clamped channel by channel; alpha becomes 255.</summary>
    /// <param name="planes">[C, H, W] in the units of the space.</param>
    /// <param name="from">The colour space. From grey comes a grey image.</param>
    /// <param name="image">Receives the pixels, each the nearest byte.</param>
    /// <inheritdoc cref="ToPlanes(RgbaImage, ColorSpace, Span{float})" path="/exception"/>
    public static void ToImage(ReadOnlySpan<float> planes, ColorSpace from, RgbaImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        CheckLength(image, from, planes.Length);
        Span<uint> rgba = MemoryMarshal.Cast<byte, uint>(image.Pixels);
        switch (from)
        {
            case ColorSpace.Rgb: KernelLoop<RgbKernel>.ToPixels(planes, rgba); break;
            case ColorSpace.Bgr: KernelLoop<BgrKernel>.ToPixels(planes, rgba); break;
            case ColorSpace.LinearRgb: KernelLoop<LinearRgbKernel>.ToPixels(planes, rgba); break;
            case ColorSpace.Gray601: KernelLoop<GrayKernel<Bt601>>.ToPixels(planes, rgba); break;
            case ColorSpace.Gray709: KernelLoop<GrayKernel<Bt709>>.ToPixels(planes, rgba); break;
            case ColorSpace.Hsv: KernelLoop<HsvKernel>.ToPixels(planes, rgba); break;
            case ColorSpace.Hsl: KernelLoop<HslKernel>.ToPixels(planes, rgba); break;
            case ColorSpace.YCbCr601: KernelLoop<YCbCrKernel<Bt601>>.ToPixels(planes, rgba); break;
            case ColorSpace.YCbCr709: KernelLoop<YCbCrKernel<Bt709>>.ToPixels(planes, rgba); break;
            case ColorSpace.Xyz: KernelLoop<XyzKernel>.ToPixels(planes, rgba); break;
            case ColorSpace.Lab: KernelLoop<LabKernel>.ToPixels(planes, rgba); break;
            case ColorSpace.Luv: KernelLoop<LuvKernel>.ToPixels(planes, rgba); break;
            case ColorSpace.Lch: KernelLoop<LchKernel>.ToPixels(planes, rgba); break;
            case ColorSpace.OkLab: KernelLoop<OkLabKernel>.ToPixels(planes, rgba); break;
            case ColorSpace.Cmyk: KernelLoop<CmykKernel>.ToPixels(planes, rgba); break;
            case ColorSpace.Lms: KernelLoop<LmsKernel>.ToPixels(planes, rgba); break;
        }
    }

    /// <summary>Converts some of an image's pixels.</summary>
    /// <param name="rgba">The pixels, red in the low byte.</param>
    /// <param name="to">The colour space.</param>
    /// <param name="planes">Receives the first plane from its start, the second from <paramref name="stride"/> on, and so forth.</param>
    /// <param name="stride">From a plane's start to the next one's; at least the number of pixels.</param>
    internal static void ToPlanes(ReadOnlySpan<uint> rgba, ColorSpace to, Span<float> planes, int stride)
    {
        switch (to)
        {
            case ColorSpace.Rgb: KernelLoop<RgbKernel>.ToPlanes(rgba, planes, stride); break;
            case ColorSpace.Bgr: KernelLoop<BgrKernel>.ToPlanes(rgba, planes, stride); break;
            case ColorSpace.LinearRgb: KernelLoop<LinearRgbKernel>.ToPlanes(rgba, planes, stride); break;
            case ColorSpace.Gray601: KernelLoop<GrayKernel<Bt601>>.ToPlanes(rgba, planes, stride); break;
            case ColorSpace.Gray709: KernelLoop<GrayKernel<Bt709>>.ToPlanes(rgba, planes, stride); break;
            case ColorSpace.Hsv: KernelLoop<HsvKernel>.ToPlanes(rgba, planes, stride); break;
            case ColorSpace.Hsl: KernelLoop<HslKernel>.ToPlanes(rgba, planes, stride); break;
            case ColorSpace.YCbCr601: KernelLoop<YCbCrKernel<Bt601>>.ToPlanes(rgba, planes, stride); break;
            case ColorSpace.YCbCr709: KernelLoop<YCbCrKernel<Bt709>>.ToPlanes(rgba, planes, stride); break;
            case ColorSpace.Xyz: KernelLoop<XyzKernel>.ToPlanes(rgba, planes, stride); break;
            case ColorSpace.Lab: KernelLoop<LabKernel>.ToPlanes(rgba, planes, stride); break;
            case ColorSpace.Luv: KernelLoop<LuvKernel>.ToPlanes(rgba, planes, stride); break;
            case ColorSpace.Lch: KernelLoop<LchKernel>.ToPlanes(rgba, planes, stride); break;
            case ColorSpace.OkLab: KernelLoop<OkLabKernel>.ToPlanes(rgba, planes, stride); break;
            case ColorSpace.Cmyk: KernelLoop<CmykKernel>.ToPlanes(rgba, planes, stride); break;
            case ColorSpace.Lms: KernelLoop<LmsKernel>.ToPlanes(rgba, planes, stride); break;
        }
    }

    /// <summary>Converts some pixels that are planes of red, green and blue already, as stored, 0..1 and not rounded to bytes.</summary>
    /// <param name="rgb">Red from its start, green from <paramref name="from"/> on, blue from twice that.</param>
    /// <param name="from">From a plane's start to the next one's in <paramref name="rgb"/>.</param>
    /// <param name="count">Pixels.</param>
    /// <param name="to">The colour space.</param>
    /// <param name="planes">Receives the first plane from its start, the second from <paramref name="stride"/> on, and so forth.</param>
    /// <param name="stride">From a plane's start to the next one's; at least <paramref name="count"/>.</param>
    internal static void ToPlanes(ReadOnlySpan<float> rgb, int from, int count, ColorSpace to, Span<float> planes, int stride)
    {
        switch (to)
        {
            case ColorSpace.Rgb: KernelLoop<RgbKernel>.ToPlanes(rgb, from, count, planes, stride); break;
            case ColorSpace.Bgr: KernelLoop<BgrKernel>.ToPlanes(rgb, from, count, planes, stride); break;
            case ColorSpace.LinearRgb: KernelLoop<LinearRgbKernel>.ToPlanes(rgb, from, count, planes, stride); break;
            case ColorSpace.Gray601: KernelLoop<GrayKernel<Bt601>>.ToPlanes(rgb, from, count, planes, stride); break;
            case ColorSpace.Gray709: KernelLoop<GrayKernel<Bt709>>.ToPlanes(rgb, from, count, planes, stride); break;
            case ColorSpace.Hsv: KernelLoop<HsvKernel>.ToPlanes(rgb, from, count, planes, stride); break;
            case ColorSpace.Hsl: KernelLoop<HslKernel>.ToPlanes(rgb, from, count, planes, stride); break;
            case ColorSpace.YCbCr601: KernelLoop<YCbCrKernel<Bt601>>.ToPlanes(rgb, from, count, planes, stride); break;
            case ColorSpace.YCbCr709: KernelLoop<YCbCrKernel<Bt709>>.ToPlanes(rgb, from, count, planes, stride); break;
            case ColorSpace.Xyz: KernelLoop<XyzKernel>.ToPlanes(rgb, from, count, planes, stride); break;
            case ColorSpace.Lab: KernelLoop<LabKernel>.ToPlanes(rgb, from, count, planes, stride); break;
            case ColorSpace.Luv: KernelLoop<LuvKernel>.ToPlanes(rgb, from, count, planes, stride); break;
            case ColorSpace.Lch: KernelLoop<LchKernel>.ToPlanes(rgb, from, count, planes, stride); break;
            case ColorSpace.OkLab: KernelLoop<OkLabKernel>.ToPlanes(rgb, from, count, planes, stride); break;
            case ColorSpace.Cmyk: KernelLoop<CmykKernel>.ToPlanes(rgb, from, count, planes, stride); break;
            case ColorSpace.Lms: KernelLoop<LmsKernel>.ToPlanes(rgb, from, count, planes, stride); break;
        }
    }

    private static void CheckLength(RgbaImage image, ColorSpace space, int length)
    {
        long expected = (long)ColorChannel.Of(space).Count * image.Width * image.Height;
        if (length != expected)
        {
            throw new ArgumentException(
                $"an image of {image.Width}x{image.Height} has {expected.Of("value")} in {space}, not {length}", "planes");
        }
    }
}
