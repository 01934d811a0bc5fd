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
        (string Name, ClassSet Classes)? known = list is null && items.Count > 0 ? KnownSets.Of(items[0].MaskPath) : null;
        foreach (DatasetItem item in Spread(items, Sampled))
        {
            try
            {
                RawMask mask = MaskFile.ReadRaw(item.MaskPath);
                color |= mask.IsColor;
                HashSet<int> held = MaskValues.Of(mask);
                known = known is { } candidate && ValueMap.Of(mask, candidate.Classes) is { } map && held.All(v => map.TryId(v, out _)) ? known : null;
                values.UnionWith(held);
                read++;
            }
            catch (MaskFormatException)
            {
                // segml check names it.
            }
        }
        if (read > 0 && known is { } found)
        {
            return (found.Classes, $"the classes of {found.Name}, as its masks are called");
        }
        InstanceCode? code = color ? null : InstanceCode.Of(values);
        if (read == 0 || (code is null ? values.Count : code.Classes.Count) > 255)
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
        if (code is not null)
        {
            return (OfNumbers(code.Classes, named, source, code), string.Create(CultureInfo.InvariantCulture,
                $"{values.Count.Of("value")} in {read.Of("mask")}, taken for class times {code.Divisor} and instance, {by}"));
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

    private static ClassSet OfNumbers(SortedSet<int> values, IReadOnlyList<ClassList.Entry> named, string source, InstanceCode? code = null)
    {
        bool valued = named.Count > 0 && named.All(n => n.Value is not null);
        // Masks of instances have 0 for what is no instance: a list without a background begins at 1.
        int first = code is not null && named.Count > 0 && !named.Any(n => n.Name.Contains("background", StringComparison.OrdinalIgnoreCase)) ? 1 : 0;
        Dictionary<int, string> names = [];
        foreach ((ClassList.Entry entry, int index) in named.Select((n, i) => (n, i)))
        {
            names.TryAdd(valued ? entry.Value!.Value : index + first, entry.Name);
        }
        int[] ignored = [.. values.Union(names.Keys).Where(v => names.TryGetValue(v, out string? name) ? _ignored.Contains(name.ToLowerInvariant()) : v == 255)];
        int[] kept = [.. values.Union(names.Keys).Except(ignored).Order()];
        bool areIds = code is null && kept.Length > 0 && kept[^1] == kept.Length - 1;
        var classes = kept.Select((v, i) => Class(i, names.GetValueOrDefault(v) ?? (v == 0 ? "background" : string.Create(CultureInfo.InvariantCulture, $"class {v}")))
            with
        { From = areIds ? null : Values(v) });
        return new ClassSet([.. classes], ignored is [] or [255] && code is null ? null : new IgnoreClass { From = [.. ignored.Append(255).Distinct().SelectMany(Values)] }, source);

        IReadOnlyList<string> Values(int v) => code?.ValuesOf(v) ?? [v.ToString(CultureInfo.InvariantCulture)];
    }

    private static SegmentationClass Class(int id, string name) => new() { Id = id, Name = name, Color = name == "background" ? default : DefaultPalette.ColorOf(id) };
}
