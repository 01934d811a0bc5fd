using SegML.Masks;

namespace SegML.Instances;

/// <summary>
/// A connected component of a mask. Two cars that touch in the picture are one instance and a car behind a pole is two:
/// a semantic mask does not know better. What tells touching objects apart is instance segmentation, another task.
/// </summary>
public sealed class SegmentationInstance
{
    private readonly ClassSet _classes;
    private readonly Run[] _runs;

    internal SegmentationInstance(ClassSet classes, int classId, Run[] runs)
    {
        _classes = classes;
        _runs = runs;
        ClassId = classId;
        int left = int.MaxValue, right = 0;
        long area = 0;
        double sumX = 0, sumY = 0;
        foreach (Run run in runs)
        {
            left = Math.Min(left, run.Start);
            right = Math.Max(right, run.End);
            long length = run.End - run.Start;
            area += length;
            sumX += length * (run.Start + run.End - 1) / 2.0;
            sumY += length * (double)run.Row;
        }
        Area = (int)area;
        Bounds = new PixelBounds(left, runs[0].Row, right - left, runs[^1].Row - runs[0].Row + 1);
        CentroidX = sumX / area;
        CentroidY = sumY / area;
    }

    /// <summary>How certain a model of single objects is of it, 0 to 1. Null: it is a component of a mask.</summary>
    public float? Score { get; init; }

    /// <summary>Its class's id.</summary>
    public int ClassId { get; }

    /// <summary>Its class's name.</summary>
    public string ClassName => _classes.Names[ClassId];

    /// <summary>Its pixels' number.</summary>
    public int Area { get; }

    /// <summary>The smallest rectangle around it.</summary>
    public PixelBounds Bounds { get; }

    /// <summary>The mean of its pixels' columns; a pixel's centre counts as its column, so a lone pixel's centroid is its position.</summary>
    public double CentroidX { get; }

    /// <summary>The mean of its pixels' rows.</summary>
    public double CentroidY { get; }

    /// <summary>
    /// Its mask, of the size of <see cref="Bounds"/>: the class id on its own pixels, the ignore index elsewhere. A new one each time.
    /// </summary>
    public SegmentationMask ToMask()
    {
        var mask = new SegmentationMask(Bounds.Width, Bounds.Height, _classes);
        mask.Ids.Fill(_classes.IgnoreIndex);
        foreach (Run run in _runs)
        {
            mask.Ids.Slice((run.Row - Bounds.Y) * Bounds.Width + run.Start - Bounds.X, run.End - run.Start).Fill((byte)ClassId);
        }
        return mask;
    }

    /// <summary>Pixels of one row: those from Start to before End.</summary>
    internal readonly record struct Run(int Row, int Start, int End);
}
