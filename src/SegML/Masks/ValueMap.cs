namespace SegML.Masks;

/// <summary>Translates a mask file's values or colours into class ids.</summary>
internal static class ValueMap
{
    private const short Unknown = -1;

    /// <summary>The ids of a raw mask. A mask of bytes is translated in place.</summary>
    /// <exception cref="MaskFormatException">A value or colour stands for no class.</exception>
    public static byte[] Apply(RawMask raw, ClassSet classes, string path)
    {
        if (raw.Bytes is not null)
        {
            return FromBytes(raw, raw.Bytes, classes, path);
        }
        return raw.Words is not null ? FromWords(raw, raw.Words, classes, path) : FromColors(raw, raw.Colors!, classes, path);
    }

    private static byte[] FromBytes(RawMask raw, byte[] values, ClassSet classes, string path)
    {
        Span<short> map = stackalloc short[256];
        int same = 0;
        for (int v = 0; v < 256; v++)
        {
            map[v] = classes.TryFromValue(v, out byte id) ? id : Unknown;
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
            if (id == Unknown)
            {
                throw NoClass(raw, i, $"value {values[i]}", classes, path);
            }
            values[i] = (byte)id;
        }
        return values;
    }

    private static byte[] FromWords(RawMask raw, ushort[] values, ClassSet classes, string path)
    {
        var ids = new byte[values.Length];
        int last = -1;
        byte id = 0;
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] != last)
            {
                last = values[i];
                if (!classes.TryFromValue(last, out id))
                {
                    throw NoClass(raw, i, $"value {last}", classes, path);
                }
            }
            ids[i] = id;
        }
        return ids;
    }

    private static byte[] FromColors(RawMask raw, int[] colors, ClassSet classes, string path)
    {
        Dictionary<int, byte> map = Colors(classes);
        var ids = new byte[colors.Length];
        int last = -1;
        byte id = 0;
        for (int i = 0; i < colors.Length; i++)
        {
            if (colors[i] != last)
            {
                last = colors[i];
                if (!map.TryGetValue(last, out id))
                {
                    throw NoClass(raw, i, $"colour #{last:x6}", classes, path);
                }
            }
            ids[i] = id;
        }
        return ids;
    }

    // Colours named under "from" come first, then the classes' own; of two classes with one colour the first has it.
    internal static Dictionary<int, byte> Colors(ClassSet classes)
    {
        var map = new Dictionary<int, byte>();
        foreach (string source in classes.Classes.SelectMany(c => c.From ?? []).Concat(classes.Ignore.From ?? []))
        {
            if (Rgb.TryParse(source, out Rgb named) && classes.TryFromName(source, out byte id))
            {
                map.TryAdd(Key(named), id);
            }
        }
        foreach (SegmentationClass c in classes.Classes)
        {
            map.TryAdd(Key(c.Color), (byte)c.Id);
        }
        map.TryAdd(Key(classes.Ignore.Color), classes.IgnoreIndex);
        return map;
    }

    private static int Key(Rgb color) => color.R << 16 | color.G << 8 | color.B;

    private static MaskFormatException NoClass(RawMask raw, int index, string what, ClassSet classes, string path) => new(path,
        $"holds {what} at ({index % raw.Width}, {index / raw.Width}), not among the {classes.Count} classes or ignore index {classes.IgnoreIndex} of {classes.Source}",
        "add it to a class's \"from\" in the pipeline file, or correct the mask");
}
