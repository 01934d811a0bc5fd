namespace SegML.Scenes.Sets;

/// <summary>A pixel's values, 0 to 1.</summary>
/// <param name="Red">Red, or grey.</param>
/// <param name="Green">Green.</param>
/// <param name="Blue">Blue.</param>
/// <param name="Alpha">Opacity.</param>
public readonly record struct Pixel(double Red, double Green = 0, double Blue = 0, double Alpha = 1)
{
    /// <summary>The value of a channel: 0 red, 1 green, 2 blue, 3 alpha.</summary>
    public double this[int channel] => channel switch { 0 => Red, 1 => Green, 2 => Blue, _ => Alpha };
}
