using SegML.Images;

namespace SegML.Colors;

/// <summary>A way to convert colours: <see cref="ColorConverter.ToPlanes(RgbaImage, ColorSpace, Span{float})"/> or another library's.</summary>
/// <param name="image">The image.</param>
/// <param name="to">The colour space, with SegML's units and ranges.</param>
/// <param name="planes">Receives [C, H, W].</param>
public delegate void ColorConversion(RgbaImage image, ColorSpace to, Span<float> planes);
