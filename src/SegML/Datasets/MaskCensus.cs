using System.Runtime.InteropServices;
using SegML.Images;
using SegML.Masks;

namespace SegML.Datasets;

/// <summary>What a mask file's pixels are: counts by class id, and the values that stand for no class.</summary>
internal sealed class MaskCensus
{
    /// <summary>Values of one mask that are told apart. A file with more is rather a picture than a mask, and they count as one.</summary>
    private const int MaxUnknown = 16;

    private readonly RawMask _raw;

    /// <summary>Counts a mask's pixels.</summary>
    public MaskCensus(RawMask raw, ClassSet classes)
    {
        ValueMap map = ValueMap.Of(raw, classes);
        _raw = raw = map.Raw;
        White = map.HasWhite ? map.WhiteIsForeground : null;
        if (raw.Bytes is not null)
        {
            CountBytes(raw.Bytes, IdOf);
        }
        else if (raw.Words is not null)
        {
            Count(raw.Words, IdOf);
        }
        else
        {
            Count(raw.Colors!, IdOf);
        }
        Unknown.Sort((a, b) => a.First.CompareTo(b.First));
        if (Unknown.Count > MaxUnknown)
        {
            UnknownValue all = Unknown[0] with { Pixels = Unknown.Sum(u => u.Pixels), Kinds = Unknown.Count };
            Unknown.Clear();
            Unknown.Add(all);
        }

        byte? IdOf(int value) => map.TryId(value, out byte id) ? id : null;
    }

    /// <summary>Counts a mask's pixels that are known to be of classes.</summary>
    public MaskCensus(SegmentationMask mask)
    {
        _raw = new RawMask(mask.Width, mask.Height, mask.Ids.ToArray());
        CountBytes(_raw.Bytes!, id => (byte)id);
    }

    /// <summary>Whether white is the foreground (true) or ignored (false) where the mask alone says so; null: it has no white, or the pipeline says.</summary>
    public bool? White { get; }

    /// <summary>Pixels by class id, the ignore index among them.</summary>
    public long[] ClassPixels { get; } = new long[256];

    /// <summary>The values of a mask of bytes; null: it holds others, or colours.</summary>
    public ValueSet? Values { get; private set; }

    /// <summary>Values of no class, in the order in which they first occur.</summary>
    public List<UnknownValue> Unknown { get; } = [];

    private void CountBytes(byte[] values, Func<int, byte?> idOf)
    {
        Span<int> counts = stackalloc int[256];
        counts.Clear();
        foreach (byte value in values)
        {
            counts[value]++;
        }
        for (int v = 0; v < counts.Length; v++)
        {
            if (counts[v] > 0)
            {
                Values = (Values ?? default).With(v);
                Add(v, counts[v], idOf(v), Array.IndexOf(values, (byte)v));
            }
        }
    }

    private void Count<T>(T[] values, Func<int, byte?> idOf)
        where T : struct, IConvertible, IEquatable<T>
    {
        var counts = new Dictionary<T, (long Pixels, int First)>();
        // Neighbours mostly have one value: a run costs one look into the table.
        for (int start = 0; start < values.Length;)
        {
            T value = values[start];
            int end = start + 1;
            while (end < values.Length && values[end].Equals(value))
            {
                end++;
            }
            ref (long Pixels, int First) entry = ref CollectionsMarshal.GetValueRefOrAddDefault(counts, value, out bool exists);
            entry = (entry.Pixels + end - start, exists ? entry.First : start);
            start = end;
        }
        foreach ((T value, (long pixels, int first)) in counts)
        {
            int number = value.ToInt32(null);
            Add(number, pixels, idOf(number), first);
        }
    }

    private void Add(int value, long pixels, byte? id, int first)
    {
        if (id is { } known)
        {
            ClassPixels[known] += pixels;
        }
        else
        {
            Unknown.Add(new UnknownValue(value, _raw.IsColor, pixels, first, new PixelPosition(first % _raw.Width, first / _raw.Width)));
        }
    }
}

/// <summary>A mask value, or colour, of no class.</summary>
/// <param name="Value">The value, or 0xRRGGBB.</param>
/// <param name="IsColor">Which of the two.</param>
/// <param name="Pixels">Pixels that have it.</param>
/// <param name="First">The first of them, counted row by row.</param>
/// <param name="At">Where that is.</param>
internal readonly record struct UnknownValue(int Value, bool IsColor, long Pixels, int First, PixelPosition At)
{
    /// <summary>How many values this one stands for, itself among them.</summary>
    public int Kinds { get; init; } = 1;

    /// <summary>"value 9" or "colour #0a0b0c", or of many: "4711 colours, the first #0a0b0c".</summary>
    public string Name => (IsColor, Kinds) switch
    {
        (true, 1) => $"colour #{Value:x6}",
        (true, _) => $"{Kinds.Of("colour")}, the first #{Value:x6},",
        (false, 1) => $"value {Value}",
        (false, _) => $"{Kinds.Of("value")}, the first {Value},",
    };
}
