using System.Runtime.Intrinsics;

namespace SegML.Training.Data;

/// <summary>
/// A smooth random shift of every pixel: grid points shifted at random, a uniform cubic B-spline between them. Its slope never
/// exceeds 2 * shift / cell, so that what is shifted by less than half a cell does not fold over.
/// </summary>
internal sealed class ElasticGrid
{
    private readonly int _cell, _columns;
    private readonly float[] _x, _y, _rowX, _rowY;
    private readonly Vector128<float>[] _weights;

    private ElasticGrid(int cell, int width, int height)
    {
        _cell = cell;
        // A spline's value draws on the point before and two after.
        _columns = (width - 1) / cell + 4;
        int points = _columns * ((height - 1) / cell + 4);
        (_x, _y, _rowX, _rowY) = (new float[points], new float[points], new float[_columns], new float[_columns]);
        _weights = new Vector128<float>[cell];
        for (int i = 0; i < cell; i++)
        {
            _weights[i] = Weights((i + 0.5f) / cell);
        }
    }

    /// <summary>Draws the shifts.</summary>
    /// <param name="shift">Greatest shift of a point, in pixels.</param>
    /// <param name="cell">Distance of the points, in pixels.</param>
    /// <param name="width">Of the image that is shifted.</param>
    /// <param name="height">Of the image that is shifted.</param>
    /// <param name="random">Decides them.</param>
    public static ElasticGrid Draw(double shift, int cell, int width, int height, ref SampleRandom random)
    {
        var grid = new ElasticGrid(cell, width, height);
        for (int i = 0; i < grid._x.Length; i++)
        {
            grid._x[i] = (float)random.Between(-shift, shift);
            grid._y[i] = (float)random.Between(-shift, shift);
        }
        return grid;
    }

    /// <summary>Makes ready for a row.</summary>
    public void MoveTo(int y)
    {
        Vector128<float> weights = _weights[y % _cell];
        int first = y / _cell * _columns;
        for (int i = 0; i < _columns; i++)
        {
            int a = first + i, b = a + _columns, c = b + _columns, d = c + _columns;
            _rowX[i] = Vector128.Dot(weights, Vector128.Create(_x[a], _x[b], _x[c], _x[d]));
            _rowY[i] = Vector128.Dot(weights, Vector128.Create(_y[a], _y[b], _y[c], _y[d]));
        }
    }

    /// <summary>The shift of a pixel of the row, in pixels.</summary>
    public (float X, float Y) At(int x)
    {
        Vector128<float> weights = _weights[x % _cell];
        int first = x / _cell;
        return (Vector128.Dot(weights, Vector128.Create<float>(_rowX.AsSpan(first, 4))), Vector128.Dot(weights, Vector128.Create<float>(_rowY.AsSpan(first, 4))));
    }

    private static Vector128<float> Weights(float t)
    {
        float u = 1 - t;
        return Vector128.Create(u * u * u, 3 * t * t * t - 6 * t * t + 4, 3 * u * u * u - 6 * u * u + 4, t * t * t) / 6;
    }
}
