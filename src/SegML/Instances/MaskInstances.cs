using SegML.Masks;

namespace SegML.Instances;

/// <summary>Splits masks into instances.</summary>
public static class MaskInstances
{
    /// <summary>
    /// The connected components of a mask's classes, in the order of their first pixels, row by row. Takes one pass over
    /// the pixels.
    /// </summary>
    /// <param name="mask">The mask; the instances do not need it any more.</param>
    /// <param name="options">Which components count; null: all of all classes.</param>
    /// <exception cref="ArgumentException">A name in the options is none of the mask's classes.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The least area is below 1.</exception>
    public static IReadOnlyList<SegmentationInstance> Instances(this SegmentationMask mask, InstanceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(mask);
        if (mask.Classes.IsMultiLabel)
        {
            throw new ArgumentException("the mask's classes overlap: take one with Of, and its instances", nameof(mask));
        }
        options ??= InstanceOptions.Default;
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MinArea, 1, nameof(options));
        bool[] wanted = options.Wanted(mask.Classes);
        using ConnectedComponents components = ConnectedComponents.Find(mask, options.Connectivity);
        var instances = new List<SegmentationInstance>();
        var runs = new List<SegmentationInstance.Run>();
        for (int c = 0; c < components.Count; c++)
        {
            int value = components.Values[c];
            if (value >= wanted.Length || !wanted[value] || components.Areas[c] < options.MinArea)
            {
                continue;
            }
            runs.Clear();
            for (int run = components.FirstRuns[c], row = 0; run >= 0; run = components.NextRun(run))
            {
                row = components.RowOf(run, row);
                runs.Add(new SegmentationInstance.Run(row, components.Start(run), components.End(run, row)));
            }
            instances.Add(new SegmentationInstance(mask.Classes, value, [.. runs]));
        }
        return instances;
    }
}
