namespace SegML.Scenes.Sets;

/// <summary>Soft patches of light and dark: random values on a grid, smooth between.</summary>
public sealed class Texture
{
    private const int Side = 64;

    private readonly double[] _values;
    private readonly double _cell;

    /// <param name="random">Decides the values.</param>
    /// <param name="cell">Distance of the grid's points in pixels.</param>
    public Texture(Random random, double cell)
    {
        ArgumentNullException.ThrowIfNull(random);
        _values = [.. Enumerable.Range(0, Side * Side).Select(_ => 2 * random.NextDouble() - 1)];
        _cell = cell;
    }

    /// <summary>The value at a point, -1 to 1.</summary>
    public double At(double x, double y)
    {
        (double u, double v) = (x / _cell, y / _cell);
        (int column, int row) = ((int)Math.Floor(u), (int)Math.Floor(v));
        (double right, double below) = (Smooth(u - column), Smooth(v - row));
        return (1 - below) * ((1 - right) * Value(column, row) + right * Value(column + 1, row))
            + below * ((1 - right) * Value(column, row + 1) + right * Value(column + 1, row + 1));
    }

    private double Value(int column, int row) => _values[(row & (Side - 1)) * Side + (column & (Side - 1))];

    private static double Smooth(double t) => t * t * (3 - 2 * t);
}
