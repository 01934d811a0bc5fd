namespace SegML.Colors;

/// <summary>One channel of a colour space.</summary>
/// <param name="Name">Its customary letter or name: "L", "Cb".</param>
/// <param name="Min">The lower end of what sRGB colours reach, in the channel's unit.</param>
/// <param name="Max">The upper end.</param>
public readonly record struct ColorChannel(string Name, float Min, float Max)
{
    private static readonly ColorChannel[][] Spaces = [.. Enum.GetValues<ColorSpace>().Select(List)];

    /// <summary>
    /// A space's channels, in the order of their planes. Where sRGB does not reach round numbers, the ends are rounded outwards.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">No such space.</exception>
    public static IReadOnlyList<ColorChannel> Of(ColorSpace space) =>
        Enum.IsDefined(space) ? Spaces[(int)space] : throw new ArgumentOutOfRangeException(nameof(space), space, "is no colour space");

    private static ColorChannel[] List(ColorSpace space) => space switch
    {
        ColorSpace.Rgb or ColorSpace.LinearRgb => [Unit("R"), Unit("G"), Unit("B")],
        ColorSpace.Bgr => [Unit("B"), Unit("G"), Unit("R")],
        ColorSpace.Gray601 or ColorSpace.Gray709 => [Unit("Y")],
        ColorSpace.Hsv => [Unit("H"), Unit("S"), Unit("V")],
        ColorSpace.Hsl => [Unit("H"), Unit("S"), Unit("L")],
        ColorSpace.YCbCr601 or ColorSpace.YCbCr709 => [Unit("Y"), Unit("Cb"), Unit("Cr")],
        ColorSpace.Xyz => [new("X", 0, 0.951f), Unit("Y"), new("Z", 0, 1.09f)],
        ColorSpace.Lab => [new("L", 0, 100), new("a", -87, 99), new("b", -108, 95)],
        ColorSpace.Luv => [new("L", 0, 100), new("u", -84, 176), new("v", -135, 108)],
        ColorSpace.Lch => [new("L", 0, 100), new("C", 0, 134), new("h", 0, 360)],
        ColorSpace.OkLab => [Unit("L"), new("a", -0.24f, 0.28f), new("b", -0.32f, 0.2f)],
        ColorSpace.Cmyk => [Unit("C"), Unit("M"), Unit("Y"), Unit("K")],
        _ => [Unit("L"), Unit("M"), Unit("S")],
    };

    private static ColorChannel Unit(string name) => new(name, 0, 1);
}
