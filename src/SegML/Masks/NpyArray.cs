using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using SegML.Images;

namespace SegML.Masks;

/// <summary>
/// A NumPy array file (.npy, numpy.lib.format): whole numbers or truth values of [H, W], or colours of [H, W, 3]. Pickled objects are never read.
/// </summary>
internal static class NpyArray
{
    private const int MostHeader = 1 << 16;

    private static readonly byte[] _mark = [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];
    private static readonly Regex _type = Rule(@"'descr'\s*:\s*'([^']*)'"), _order = Rule(@"'fortran_order'\s*:\s*True"), _shape = Rule(@"'shape'\s*:\s*\(([0-9, ]*)\)");

    /// <summary>Whether a file begins as such an array does.</summary>
    public static bool Recognizes(ReadOnlySpan<byte> start) => start.StartsWith(_mark);

    /// <summary>Reads the array's size.</summary>
    /// <exception cref="MaskFormatException">The header is damaged, or the array is none of a mask.</exception>
    public static (int Width, int Height) ReadSize(ReadOnlySpan<byte> file, string name, long maxPixels)
    {
        Header header = ReadHeader(file, name, maxPixels);
        return (header.Width, header.Height);
    }

    /// <summary>Reads the array.</summary>
    /// <exception cref="MaskFormatException">It is damaged, truncated, too large, or none of a mask.</exception>
    public static RawMask Read(ReadOnlySpan<byte> file, string name, long maxPixels)
    {
        Header header = ReadHeader(file, name, maxPixels);
        ReadOnlySpan<byte> data = file[header.Start..];
        if (data.Length != (long)header.Width * header.Height * header.Channels * header.Bytes)
        {
            throw new MaskFormatException(name, $"holds {data.Length.Of("byte")} for an array of {header.Shape}", "copy it again from its source");
        }
        var values = new int[header.Width * header.Height];
        for (int i = 0; i < values.Length; i++)
        {
            (int y, int x) = Math.DivRem(i, header.Width);
            int at = header.IsFortran ? x * header.Height + y : i;
            long value = header.Channels == 1 ? Number(data[(at * header.Bytes)..], header) : data[3 * at] << 16 | data[3 * at + 1] << 8 | data[3 * at + 2];
            values[i] = value is >= 0 and <= 0xFFFFFF ? (int)value : throw NoValue(name, value, x, y);
        }
        return header.Channels == 3 ? new RawMask(header.Width, header.Height, values) : OfNumbers(header.Width, header.Height, values, name);
    }

    /// <summary>A mask of numbers as small as they fit.</summary>
    /// <exception cref="MaskFormatException">A number is not within 0 to 65535.</exception>
    public static RawMask OfNumbers(int width, int height, int[] values, string name)
    {
        int most = 0;
        for (int i = 0; i < values.Length; i++)
        {
            most = Math.Max(most, values[i]);
            if (values[i] is < 0 or > ushort.MaxValue)
            {
                throw NoValue(name, values[i], i % width, i / width);
            }
        }
        return most <= byte.MaxValue ? new RawMask(width, height, Array.ConvertAll(values, v => (byte)v)) : new RawMask(width, height, Array.ConvertAll(values, v => (ushort)v));
    }

    private static MaskFormatException NoValue(string name, long value, int x, int y) =>
        new(name, $"holds the value {value} at ({x}, {y}), outside of 0 to 65535", "save class ids, and 255 for ignored pixels");

    private static Header ReadHeader(ReadOnlySpan<byte> file, string name, long maxPixels)
    {
        int lengthBytes = file.Length > 6 && file[6] == 1 ? 2 : 4, start = 8 + lengthBytes;
        if (file.Length < start)
        {
            throw Damaged(name);
        }
        uint length = lengthBytes == 2 ? BinaryPrimitives.ReadUInt16LittleEndian(file[8..]) : BinaryPrimitives.ReadUInt32LittleEndian(file[8..]);
        if (length > Math.Min(MostHeader, file.Length - start))
        {
            throw Damaged(name);
        }
        string text = Encoding.UTF8.GetString(file.Slice(start, (int)length));
        string type = _type.Match(text).Groups[1].Value;
        long[] shape = [.. _shape.Match(text).Groups[1].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(d => long.TryParse(d, NumberStyles.None, CultureInfo.InvariantCulture, out long side) ? side : 0)];
        bool isFortran = _order.IsMatch(text), isColor = shape is [_, _, 3] && type is "|u1" or "u1" && !isFortran;
        long[] sides = isColor ? shape[..2] : shape is [1, _, _] ? shape[1..] : shape is [_, _, 1] ? shape[..2] : shape;
        string shown = $"{(type.Length > 0 ? type : "structured")} ({string.Join(", ", shape)})";
        if (type.Length is < 2 or > 3 || type[^2] is not ('u' or 'i' or 'b') || type[^1] is not ('1' or '2' or '4' or '8') || sides is not [> 0 and <= int.MaxValue, > 0 and <= int.MaxValue])
        {
            throw new MaskFormatException(name, $"is an array of {shown}, not of whole numbers in [H, W]", "save class ids as uint8, as numpy.save(file, ids.astype(numpy.uint8)) does");
        }
        long pixels = sides[0] > maxPixels ? long.MaxValue : sides[0] * sides[1];
        return pixels <= Math.Min(maxPixels, Array.MaxLength / 8)
            ? new Header((int)sides[1], (int)sides[0], isColor ? 3 : 1, type[^2] == 'i', type[^1] - '0', type[0] == '>', isFortran, start + (int)length, shown)
            : throw new MaskFormatException(name, $"is {sides[1]}x{sides[0]}, above the limit of {Math.Min(maxPixels, Array.MaxLength / 8).Of("pixel")}", "scale it down or raise the limit");
    }

    private static long Number(ReadOnlySpan<byte> at, Header header) => (header.Bytes, header.IsBigEndian) switch
    {
        (1, _) => header.IsSigned ? (sbyte)at[0] : at[0],
        (2, false) => header.IsSigned ? BinaryPrimitives.ReadInt16LittleEndian(at) : BinaryPrimitives.ReadUInt16LittleEndian(at),
        (2, true) => header.IsSigned ? BinaryPrimitives.ReadInt16BigEndian(at) : BinaryPrimitives.ReadUInt16BigEndian(at),
        (4, false) => header.IsSigned ? BinaryPrimitives.ReadInt32LittleEndian(at) : BinaryPrimitives.ReadUInt32LittleEndian(at),
        (4, true) => header.IsSigned ? BinaryPrimitives.ReadInt32BigEndian(at) : BinaryPrimitives.ReadUInt32BigEndian(at),
        (_, false) => BinaryPrimitives.ReadInt64LittleEndian(at),
        _ => BinaryPrimitives.ReadInt64BigEndian(at),
    };

    private static MaskFormatException Damaged(string name) => new(name, "is a NumPy array with a damaged header", "copy it again from its source");

    private static Regex Rule(string pattern) => new(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    private readonly record struct Header(int Width, int Height, int Channels, bool IsSigned, int Bytes, bool IsBigEndian, bool IsFortran, int Start, string Shape);
}
