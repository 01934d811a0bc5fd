using SegML.Colors.Kernels;

namespace SegML.Colors;

/// <summary>One channel of a colour space.</summary>
/// <param name="Name">Its usual letter or name: "L", "Cb".</param>
/// <param name="Min">The lower end of what sRGB colours reach, in the channel's unit.</param>
/// <param name="Max">The upper end.</param>
public readonly record struct ColorChannel(string Name, float Min, float Max)
{
    /// <summary>
    /// A space's channels, in the order of their planes. Where sRGB does not reach round numbers, the ends are rounded outwards.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">No such space.</exception>
    public static IReadOnlyList<ColorChannel> Of(ColorSpace space) => ColorLoop.Of(space).Channels;

    /// <summary>A channel from 0 to 1.</summary>
    internal static ColorChannel Unit(string name) => new(name, 0, 1);
}
