using SegML.Images;

namespace SegML.Masks;

/// <summary>
/// What the values or colours of one mask file stand for. A grey file that is stored as RGB is read as the grey levels it shows where its
/// colours are not the classes'.
/// </summary>
internal sealed class ValueMap
{
    // ADE20K keeps the instance in blue.
    private const string AnyBlue = "**";

    private readonly ClassSet _classes;
    private readonly Dictionary<int, byte>? _colors;
    private readonly int _white;

    private ValueMap(RawMask raw, ClassSet classes, Dictionary<int, byte>? colors)
    {
        (Raw, _classes, _colors) = (raw, classes, colors);
        int white = raw.Words is null ? byte.MaxValue : ushort.MaxValue;
        bool isGrey = !raw.IsColor && !raw.IsIndexed;
        HasWhite = isGrey && classes.TakesWhiteAsForeground && Holds(white);
        WhiteIsForeground = HasWhite && !Holds(1);
        _white = WhiteIsForeground ? white : -1;
    }

    /// <summary>The mask whose values are mapped.</summary>
    public RawMask Raw { get; }

    /// <summary>Whether the mask has white pixels whose meaning only the mask itself shows.</summary>
    public bool HasWhite { get; }

    /// <summary>Whether white is class 1; otherwise it is ignored.</summary>
    public bool WhiteIsForeground { get; }

    /// <summary>The map for a mask.</summary>
    public static ValueMap Of(RawMask raw, ClassSet classes)
    {
        if (raw.Colors is not { } colors)
        {
            return new ValueMap(raw, classes, null);
        }
        Dictionary<int, byte> map = Colors(classes);
        return Levels(raw, colors, map) is { } levels ? new ValueMap(levels, classes, null) : new ValueMap(raw, classes, map);
    }

    /// <summary>The class id (or ignore index) of a value or colour.</summary>
    public bool TryId(int value, out byte id)
    {
        if (value == _white)
        {
            id = 1;
            return true;
        }
        return _colors is null ? _classes.TryFromValue(value, out id) : _colors.TryGetValue(value, out id) || _classes.IsRest(out id);
    }

    /// <summary>The ids of a raw mask. A mask of bytes is translated in place.</summary>
    /// <exception cref="MaskFormatException">A value or colour stands for no class.</exception>
    public static byte[] Apply(RawMask raw, ClassSet classes, string path)
    {
        ValueMap map = Of(raw, classes);
        if (map.HasWhite)
        {
            classes.White.Note(path, map.WhiteIsForeground, classes);
        }
        return map.Raw.Bytes is { } bytes ? map.FromBytes(bytes, path)
            : map.Raw.Words is { } words ? map.FromNumbers<ushort>(words, path) : map.FromNumbers<int>(map.Raw.Colors!, path);
    }

    private byte[] FromBytes(byte[] values, string path)
    {
        Span<short> map = stackalloc short[256];
        int same = 0;
        for (int v = 0; v < 256; v++)
        {
            map[v] = TryId(v, out byte id) ? id : (short)-1;
            same += same == v && map[v] == v ? 1 : 0;
        }
        // Most masks already hold class ids.
        if (same > 0 && values.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)(same - 1)) < 0)
        {
            return values;
        }
        for (int i = 0; i < values.Length; i++)
        {
            short id = map[values[i]];
            if (id < 0)
            {
                throw NoClass(i, values[i], path);
            }
            values[i] = (byte)id;
        }
        return values;
    }

    private byte[] FromNumbers<T>(ReadOnlySpan<T> values, string path)
        where T : struct, IConvertible
    {
        var ids = new byte[values.Length];
        int last = -1;
        byte id = 0;
        for (int i = 0; i < values.Length; i++)
        {
            int value = values[i].ToInt32(null);
            if (value != last)
            {
                last = value;
                if (!TryId(last, out id))
                {
                    throw NoClass(i, last, path);
                }
            }
            ids[i] = id;
        }
        return ids;
    }

    private bool Holds(int value) => Raw.Bytes is { } bytes
        ? value <= byte.MaxValue && bytes.AsSpan().Contains((byte)value)
        : Raw.Words is { } words && words.AsSpan().Contains((ushort)value);

    /// <summary>The grey levels of a mask of colours all of which are grey, unless each is a class's or the ignored one's.</summary>
    private static RawMask? Levels(RawMask raw, int[] colors, Dictionary<int, byte> map)
    {
        bool areNamed = true;
        int last = -1;
        foreach (int color in colors)
        {
            if (color != last)
            {
                last = color;
                if (color % 0x010101 != 0)
                {
                    return null;
                }
                areNamed &= map.ContainsKey(color);
            }
        }
        return areNamed ? null : new RawMask(raw.Width, raw.Height, Array.ConvertAll(colors, c => (byte)c));
    }

    // Colours named under "from" come first, then the classes' own; of two classes with one colour the first has it.
    private static Dictionary<int, byte> Colors(ClassSet classes)
    {
        var map = new Dictionary<int, byte>();
        foreach ((IReadOnlyList<string>? from, byte id) in classes.Classes.Select(c => (c.From, (byte)c.Id)).Append((classes.Ignore.From, classes.IgnoreIndex)))
        {
            foreach (string source in from ?? [])
            {
                if (Rgb.TryParse(source, out Rgb named))
                {
                    map.TryAdd(Key(named), id);
                }
                else if (source.EndsWith(AnyBlue, StringComparison.Ordinal) && Rgb.TryParse(source[..^AnyBlue.Length] + "00", out Rgb dark))
                {
                    foreach (int blue in Enumerable.Range(0, 256))
                    {
                        map.TryAdd(Key(dark) | blue, id);
                    }
                }
            }
        }
        foreach (SegmentationClass c in classes.Classes)
        {
            map.TryAdd(Key(c.Color), (byte)c.Id);
        }
        // Where a class takes all that nothing claims, the ignored pixels' default colour claims nothing.
        if (!(classes.IsRest(out byte rest) && rest != classes.IgnoreIndex && classes.Ignore is { From: null, Color: { R: 0, G: 0, B: 0 } }))
        {
            map.TryAdd(Key(classes.Ignore.Color), classes.IgnoreIndex);
        }
        return map;
    }

    private static int Key(Rgb color) => color.R << 16 | color.G << 8 | color.B;

    private MaskFormatException NoClass(int index, int value, string path)
    {
        string name = Raw.IsColor ? $"colour #{value:x6}" : $"value {value}";
        return new MaskFormatException(path,
            $"holds {name} at ({index % Raw.Width}, {index / Raw.Width}), not among the {_classes.Count} classes or ignore index {_classes.IgnoreIndex} of {_classes.Source}",
            Fix(Raw.IsColor ? $"\"#{value:x6}\"" : $"{value}"));
    }

    /// <summary>What to do about a value that stands for no class.</summary>
    /// <param name="source">The value as it is written under "from".</param>
    public static string Fix(string source) =>
        $"add it to a class's \"from\" in the pipeline file ([{source}], or [\"*\"] for every value that nothing else claims), to that of \"ignore\" if it should not count, or correct the mask";
}
