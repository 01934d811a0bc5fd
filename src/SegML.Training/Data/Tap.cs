namespace SegML.Training.Data;

/// <summary>Where one output coordinate reads: two source pixels, the second's share, and the nearest (-1: outside).</summary>
internal readonly record struct Tap(int First, int Second, float Share, int Nearest)
{
    /// <param name="position">In source pixels; pixel 0 reaches from 0 to 1.</param>
    /// <param name="size">Source pixels.</param>
    public static Tap At(double position, int size)
    {
        double nearest = Math.Floor(position);
        if (!(nearest >= 0 && nearest < size))
        {
            return new Tap(0, 0, 0, -1);
        }
        double corner = Math.Clamp(position - 0.5, 0, size - 1);
        int first = (int)corner;
        return new Tap(first, Math.Min(first + 1, size - 1), (float)(corner - first), (int)nearest);
    }
}
