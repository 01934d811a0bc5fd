using System.Text.Json.Serialization;
using SegML.Colors.Kernels;

namespace SegML.Colors;

/// <summary>
/// The colour spaces that images are converted to and back from. An image's bytes are sRGB (IEC 61966-2-1: BT.709's primaries,
/// white D65 at x = 0.3127, y = 0.3290); <see cref="ColorChannel.Of"/> gives each space's channels and ranges. Spaces built on
/// linear light go through the sRGB transfer function; RGB, HSV, HSL, grey, YCbCr and CMYK are made of the encoded values.
/// </summary>
[JsonConverter(typeof(JsonStringEnumConverter<ColorSpace>))]
public enum ColorSpace
{
    /// <summary>Red, green, blue as stored: byte / 255.</summary>
    [JsonStringEnumMemberName("rgb"), ColorKernel<RgbKernel>] Rgb,

    /// <summary>Blue, green, red as stored: byte / 255.</summary>
    [JsonStringEnumMemberName("bgr"), ColorKernel<BgrKernel>] Bgr,

    /// <summary>Red, green, blue in linear light, 0..1: the sRGB transfer function undone (IEC 61966-2-1).</summary>
    [JsonStringEnumMemberName("linearRgb"), ColorKernel<LinearRgbKernel>] LinearRgb,

    /// <summary>
    /// Luma 0.299 R + 0.587 G + 0.114 B of the encoded values, 0..1 (ITU-R BT.601-7, 2.5.1). What JPEG and most libraries call grey.
    /// </summary>
    [JsonStringEnumMemberName("gray601"), ColorKernel<GrayKernel<Bt601>>] Gray601,

    /// <summary>Luma 0.2126 R + 0.7152 G + 0.0722 B of the encoded values, 0..1 (ITU-R BT.709-6, 3.2).</summary>
    [JsonStringEnumMemberName("gray709"), ColorKernel<GrayKernel<Bt709>>] Gray709,

    /// <summary>Hue as a share of the circle, 0 up to 1, saturation and value 0..1 (Smith 1978). Grey has hue 0.</summary>
    [JsonStringEnumMemberName("hsv"), ColorKernel<HsvKernel>] Hsv,

    /// <summary>Hue as a share of the circle, 0 up to 1, saturation and lightness 0..1 (Joblove and Greenberg 1978). Grey has hue 0.</summary>
    [JsonStringEnumMemberName("hsl"), ColorKernel<HslKernel>] Hsl,

    /// <summary>Luma and colour differences with BT.601's weights, full range as in JPEG, 0..1; 0.5 is no colour (ITU-R BT.601-7, 2.5.2).</summary>
    [JsonStringEnumMemberName("ycbcr601"), ColorKernel<YCbCrKernel<Bt601>>] YCbCr601,

    /// <summary>Luma and colour differences with BT.709's weights, full range, 0..1; 0.5 is no colour (ITU-R BT.709-6, 3.3).</summary>
    [JsonStringEnumMemberName("ycbcr709"), ColorKernel<YCbCrKernel<Bt709>>] YCbCr709,

    /// <summary>CIE 1931 XYZ, white (0.9505, 1, 1.0891); the matrix is derived from the primaries and the white.</summary>
    [JsonStringEnumMemberName("xyz"), ColorKernel<MatrixKernel<XyzMatrix>>] Xyz,

    /// <summary>CIE 1976 L*a*b* (CIE 15:2004, 8.2.1), white D65: L 0..100; grey has a = b = 0 exactly.</summary>
    [JsonStringEnumMemberName("lab"), ColorKernel<LabKernel>] Lab,

    /// <summary>CIE 1976 L*u*v* (CIE 15:2004, 8.2.2), white D65: L 0..100; grey has u = v = 0 exactly.</summary>
    [JsonStringEnumMemberName("luv"), ColorKernel<LuvKernel>] Luv,

    /// <summary><see cref="Lab"/> in polar form: L, chroma, hue in degrees, 0 up to 360. Grey has chroma 0 and hue 0.</summary>
    [JsonStringEnumMemberName("lch"), ColorKernel<LchKernel>] Lch,

    /// <summary>OkLab (Ottosson 2020, https://bottosson.github.io/posts/oklab/): L 0..1; grey has a = b = 0 exactly.</summary>
    [JsonStringEnumMemberName("oklab"), ColorKernel<OkLabKernel>] OkLab,

    /// <summary>Cyan, magenta, yellow, black, 0..1, with as much black as there can be. No ink profile: for features, not for print.</summary>
    [JsonStringEnumMemberName("cmyk"), ColorKernel<CmykKernel>] Cmyk,

    /// <summary>
    /// Responses of the long, medium and short cones, 0..1, white (1, 1, 1) within 1e-5: the Hunt-Pointer-Estevez matrix normalised to D65
    /// (Fairchild, Color Appearance Models, 9.1) after <see cref="Xyz"/>.
    /// </summary>
    [JsonStringEnumMemberName("lms"), ColorKernel<MatrixKernel<LmsMatrix>>] Lms,
}
