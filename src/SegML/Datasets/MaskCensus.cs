using System.Runtime.InteropServices;
using SegML.Masks;

namespace SegML.Datasets;

/// <summary>What a mask file's pixels are: counts by class id, and the values that stand for no class.</summary>
internal sealed class MaskCensus
{
    /// <summary>Values of one mask that are told apart; what is over is a picture and not a mask, and is counted with the last.</summary>
    public const int MaxUnknown = 16;

    private readonly RawMask _raw;

    /// <summary>Counts a mask's pixels.</summary>
    public MaskCensus(RawMask raw, ClassSet classes)
    {
        _raw = raw;
        if (raw.Bytes is not null)
        {
            CountBytes(raw.Bytes, classes);
        }
        else if (raw.Words is not null)
        {
            Count(raw.Words, v => classes.TryFromValue(v, out byte id) ? id : null);
        }
        else
        {
            Dictionary<int, byte> colors = ValueMap.Colors(classes);
            Count(raw.Colors!, v => colors.TryGetValue(v, out byte id) ? id : null);
        }
        Unknown.Sort((a, b) => a.First.CompareTo(b.First));
        if (Unknown.Count > MaxUnknown)
        {
            long others = Unknown.Skip(MaxUnknown).Sum(u => u.Pixels);
            Unknown.RemoveRange(MaxUnknown, Unknown.Count - MaxUnknown);
            Unknown[^1] = Unknown[^1] with { Pixels = Unknown[^1].Pixels + others };
        }
    }

    /// <summary>Pixels by class id, the ignore index among them.</summary>
    public long[] ClassPixels { get; } = new long[256];

    /// <summary>Values of no class, in the order in which they first occur.</summary>
    public List<UnknownValue> Unknown { get; } = [];

    private void CountBytes(byte[] values, ClassSet classes)
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
                Add(v, counts[v], classes.TryFromValue(v, out byte id) ? id : null, Array.IndexOf(values, (byte)v));
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
    /// <summary>"value 9" or "colour #0a0b0c".</summary>
    public string Name => IsColor ? $"colour #{Value:x6}" : $"value {Value}";
}
