using System.Globalization;
using SegML.Datasets;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;

namespace SegML.Discovery;

/// <summary>The classes of a set of masks: from the values or colours in them, named by the set's list where it has one.</summary>
internal static class MaskClasses
{
    private const int Sampled = 200;

    private static readonly string[] _ignored = ["void", "ignore", "ignored", "unlabeled", "unlabelled"];

    /// <summary>Reads masks and makes the classes.</summary>
    /// <param name="items">The images and masks.</param>
    /// <param name="list">The set's list of classes; null: it has none.</param>
    /// <param name="source">What to name in errors.</param>
    /// <exception cref="DatasetException">No mask can be read, or the masks hold more than 255 values.</exception>
    public static (ClassSet Classes, string Reason) Of(IReadOnlyList<DatasetItem> items, (string File, IReadOnlyList<ClassList.Entry> Classes)? list, string source)
    {
        var values = new SortedSet<int>();
        bool color = false;
        int read = 0;
        foreach (DatasetItem item in Spread(items, Sampled))
        {
            try
            {
                RawMask mask = MaskFile.ReadRaw(item.MaskPath);
                color |= mask.IsColor;
                values.UnionWith(MaskValues.Of(mask));
                read++;
            }
            catch (MaskFormatException)
            {
                // segml check names it.
            }
        }
        if (read == 0 || values.Count > 255)
        {
            throw new DatasetException(items.Count == 0 ? source : items[0].MaskPath, read == 0 ? "cannot be read as a mask" : $"and others hold {values.Count.Of("value")}",
                "masks are files in which each class has a value or colour");
        }
        IReadOnlyList<ClassList.Entry> named = list?.Classes ?? [];
        string by = list is null ? "named by number, for the set has no list of classes: give them their names" : $"named by {list.Value.File}";
        if (values.All(v => v == 0 || v == (color ? 0xFFFFFF : 255)))
        {
            return (new ClassSet([Class(0, named.ElementAtOrDefault(0)?.Name ?? "background"),
                Class(1, named.ElementAtOrDefault(1)?.Name ?? "foreground") with { Color = new Rgb(255, 255, 255) }], source: source),
                "the masks are black and white: background and foreground");
        }
        if (!color && values.Max > byte.MaxValue)
        {
            by += "; values above 255 may be class and instance in one number: then give each class its range, such as [\"2816-3071\"] for KITTI's 11 (times 256) "
                + "or [\"1000-1999\"] for MOTS' 1 (times 1000)";
        }
        return color ? (OfColors(values, named, source), $"{values.Count.Of("colour")} in {read.Of("mask")}, {by}") : (OfNumbers(values, named, source), $"{values.Count.Of("value")} in {read.Of("mask")}, {by}");
    }

    /// <summary>Items spread evenly over all.</summary>
    public static IEnumerable<DatasetItem> Spread(IReadOnlyList<DatasetItem> items, int most)
    {
        int count = Math.Min(most, items.Count);
        return Enumerable.Range(0, count).Select(i => items[(int)((long)i * items.Count / count)]);
    }

    private static ClassSet OfColors(SortedSet<int> values, IReadOnlyList<ClassList.Entry> named, string source)
    {
        List<(string Name, Rgb Color)> all = [.. named.Where(n => n.Color is not null).Select(n => (n.Name, n.Color!.Value))];
        foreach (Rgb color in values.Select(v => new Rgb((byte)(v >> 16), (byte)(v >> 8), (byte)v)).Where(c => all.All(a => a.Color != c)))
        {
            all.Insert(color == default ? 0 : all.Count, (color == default && all.All(a => a.Name != "background") ? "background" : $"class {color}", color));
        }
        (string Name, Rgb Color)[] ignored = [.. all.Where(a => _ignored.Contains(a.Name.ToLowerInvariant()))];
        return new ClassSet([.. all.Except(ignored).DistinctBy(a => a.Name).Select((a, i) => Class(i, a.Name) with { Color = a.Color })],
            ignored.Length == 0 ? null : new IgnoreClass { Color = ignored[0].Color, From = [.. ignored.Select(i => i.Color.ToString()), "255"] }, source);
    }

    private static ClassSet OfNumbers(SortedSet<int> values, IReadOnlyList<ClassList.Entry> named, string source)
    {
        bool valued = named.Count > 0 && named.All(n => n.Value is not null);
        Dictionary<int, string> names = [];
        foreach ((ClassList.Entry entry, int index) in named.Select((n, i) => (n, i)))
        {
            names.TryAdd(valued ? entry.Value!.Value : index, entry.Name);
        }
        int[] ignored = [.. values.Union(names.Keys).Where(v => names.TryGetValue(v, out string? name) ? _ignored.Contains(name.ToLowerInvariant()) : v == 255)];
        int[] kept = [.. values.Union(names.Keys).Except(ignored).Order()];
        bool areIds = kept.Length > 0 && kept[^1] == kept.Length - 1;
        var classes = kept.Select((v, i) => Class(i, names.GetValueOrDefault(v) ?? (v == 0 ? "background" : string.Create(CultureInfo.InvariantCulture, $"class {v}")))
            with
        { From = areIds ? null : [v.ToString(CultureInfo.InvariantCulture)] });
        return new ClassSet([.. classes], ignored is [] or [255] ? null : new IgnoreClass { From = [.. ignored.Append(255).Distinct().Select(v => v.ToString(CultureInfo.InvariantCulture))] }, source);
    }

    private static SegmentationClass Class(int id, string name) => new() { Id = id, Name = name, Color = name == "background" ? default : DefaultPalette.ColorOf(id) };
}
