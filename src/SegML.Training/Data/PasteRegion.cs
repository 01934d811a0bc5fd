using SegML.Masks;

namespace SegML.Training.Data;

/// <summary>A connected region of a sample's mask that may be pasted into others, kept as the runs that make it up.</summary>
internal sealed class PasteRegion
{
    // Smaller ones are specks; there may be thousands.
    private const int LeastArea = 24;

    private readonly (int Y, int From, int To)[] _runs;

    private PasteRegion(byte id, (int Y, int From, int To)[] runs)
    {
        Id = id;
        _runs = runs;
        Left = runs.Min(r => r.From);
        Top = runs[0].Y;
        Width = runs.Max(r => r.To) - Left;
        Height = runs[^1].Y + 1 - Top;
    }

    /// <summary>Its class.</summary>
    public byte Id { get; }

    /// <summary>Left edge in sample pixels.</summary>
    public int Left { get; }

    /// <summary>Top edge in sample pixels.</summary>
    public int Top { get; }

    /// <summary>Width in sample pixels.</summary>
    public int Width { get; }

    /// <summary>Height in sample pixels.</summary>
    public int Height { get; }

    /// <summary>The regions of some classes, in the order of their first pixels. What touches a side may be cut off, and is left out.</summary>
    public static PasteRegion[] Find(Sample sample, ClassSet classes, byte[] ids)
    {
        using var mask = new SegmentationMask(sample.Width, sample.Height, sample.Ids.ToArray(), classes);
        using ConnectedComponents components = ConnectedComponents.Find(mask, Connectivity.Eight);
        var regions = new List<PasteRegion>();
        for (int c = 0; c < components.Count; c++)
        {
            if (components.Areas[c] >= LeastArea && ids.AsSpan().Contains(components.Values[c]))
            {
                var region = new PasteRegion(components.Values[c], Runs(components, c));
                if (region.Left > 0 && region.Top > 0 && region.Left + region.Width < sample.Width && region.Top + region.Height < sample.Height)
                {
                    regions.Add(region);
                }
            }
        }
        return [.. regions];
    }

    /// <summary>Marks the region's pixels.</summary>
    /// <param name="shape">Receives Width * Height values: 1 inside, else 0.</param>
    public void Fill(Span<byte> shape)
    {
        shape.Clear();
        foreach ((int y, int from, int to) in _runs)
        {
            shape.Slice((y - Top) * Width + from - Left, to - from).Fill(1);
        }
    }

    private static (int Y, int From, int To)[] Runs(ConnectedComponents components, int component)
    {
        var runs = new List<(int Y, int From, int To)>();
        for (int run = components.FirstRuns[component], row = 0; run >= 0; run = components.NextRun(run))
        {
            row = components.RowOf(run, row);
            runs.Add((row, components.Start(run), components.End(run, row)));
        }
        return [.. runs];
    }
}
