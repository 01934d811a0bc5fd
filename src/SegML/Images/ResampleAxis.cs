using System.Buffers;

namespace SegML.Images;

/// <summary>
/// Which source pixels make up each destination pixel along one axis, and with what weights, which sum to 1. Shrinking:
/// the area filter, each source pixel weighted by how much of it the destination pixel covers. Enlarging: linear
/// interpolation between pixel centres (half-pixel), the edge repeated. Other filters shrink by other weights. In rented memory.
/// </summary>
internal readonly ref struct ResampleAxis
{
    private readonly int[] _first;
    private readonly float[] _weights;
    private readonly int _taps;

    /// <summary>Computes the weights.</summary>
    public ResampleAxis(int source, int destination, ResizeFilter filter = ResizeFilter.Area)
    {
        double scale = (double)source / destination;
        bool shrinks = source > destination && filter != ResizeFilter.Linear;
        _taps = !shrinks ? 2 : filter == ResizeFilter.Triangle ? (int)Math.Ceiling(scale) * 2 + 1 : (int)Math.Ceiling(scale) + 1;
        _first = ArrayPool<int>.Shared.Rent(destination * 2);
        _weights = ArrayPool<float>.Shared.Rent(destination * _taps);
        for (int i = 0; i < destination; i++)
        {
            Span<float> weights = _weights.AsSpan(i * _taps, _taps);
            (_first[2 * i], _first[2 * i + 1]) = !shrinks ? Linear((i + 0.5) * scale - 0.5, source, weights)
                : filter == ResizeFilter.Triangle ? Triangle((i + 0.5) * scale, scale, source, weights)
                : Area(i * scale, (i + 1) * scale, source, weights);
        }
    }

    /// <summary>The weights of destination pixel <paramref name="i"/>, and the source pixel that the first belongs to.</summary>
    public ReadOnlySpan<float> Weights(int i, out int first)
    {
        first = _first[2 * i];
        return _weights.AsSpan(i * _taps, _first[2 * i + 1]);
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        ArrayPool<int>.Shared.Return(_first);
        ArrayPool<float>.Shared.Return(_weights);
    }

    private static (int First, int Count) Area(double from, double to, int source, Span<float> weights)
    {
        int first = Math.Min((int)from, source - 1);
        int count = 0;
        for (int s = first; s < source && s < to && count < weights.Length; s++)
        {
            weights[count++] = (float)((Math.Min(to, s + 1) - Math.Max(from, s)) / (to - from));
        }
        return (first, count);
    }

    private static (int First, int Count) Triangle(double center, double radius, int source, Span<float> weights)
    {
        int first = Math.Max((int)(center - radius + 0.5), 0), end = Math.Min((int)(center + radius + 0.5), source);
        double sum = 0;
        for (int s = first; s < end; s++)
        {
            sum += Weight(s);
        }
        for (int s = first; s < end; s++)
        {
            weights[s - first] = (float)(Weight(s) / sum);
        }
        return (first, end - first);

        double Weight(int s) => Math.Max(1 - Math.Abs((s + 0.5 - center) / radius), 0);
    }

    private static (int First, int Count) Linear(double position, int source, Span<float> weights)
    {
        double clamped = Math.Clamp(position, 0, source - 1);
        int first = Math.Min((int)clamped, source - 1);
        float part = (float)(clamped - first);
        weights[0] = 1 - part;
        if (part == 0)
        {
            return (first, 1);
        }
        weights[1] = part;
        return (first, 2);
    }
}
