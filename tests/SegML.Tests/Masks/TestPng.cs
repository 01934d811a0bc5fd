using System.Buffers.Binary;
using System.IO.Compression;

namespace SegML.Tests.Masks;

/// <summary>
/// Writes PNG files of every kind that masks come in, plainly, after the PNG specification and not after the reader under
/// test: any depth, interlaced, any filter, data in many chunks.
/// </summary>
internal sealed record TestPng
{
    public int Width { get; init; } = 1;

    public int Height { get; init; } = 1;

    public int Depth { get; init; } = 8;

    /// <summary>The colour type: 0 grey, 2 RGB, 3 indexed, 4 grey and alpha, 6 RGBA.</summary>
    public int Kind { get; init; }

    public bool Interlaced { get; init; }

    /// <summary>The filter of all rows; -1: 0, 1, 2, 3, 4, 0 ... in turn.</summary>
    public int Filter { get; init; }

    /// <summary>Bytes in a data chunk.</summary>
    public int ChunkSize { get; init; } = int.MaxValue;

    /// <summary>The sample of column x, row y, channel c.</summary>
    public Func<int, int, int, int> Sample { get; init; } = (_, _, _) => 0;

    private int Channels => Kind switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };

    public byte[] Encode()
    {
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), Height);
        (header[8], header[9], header[12]) = ((byte)Depth, (byte)Kind, (byte)(Interlaced ? 1 : 0));
        List<(string, byte[])> chunks = [("IHDR", header), ("tEXt", "made by a test"u8.ToArray())];
        if (Kind == 3)
        {
            chunks.Add(("PLTE", new byte[3 << Depth]));
        }
        chunks.AddRange(Compress(Rows()).Chunk(ChunkSize).Select(data => ("IDAT", data)));
        chunks.Add(("IEND", []));
        return Assemble(chunks);
    }

    /// <summary>A grey file whose header claims a size, and that has a kilobyte of pixels.</summary>
    public static byte[] Claiming(int width, int height)
    {
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 8;
        return Assemble([("IHDR", header), ("IDAT", Compress(new byte[1000])), ("IEND", [])]);
    }

    public static byte[] Assemble(IEnumerable<(string Type, byte[] Content)> chunks)
    {
        var file = new List<byte> { 0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A };
        Span<byte> number = stackalloc byte[4];
        foreach ((string type, byte[] content) in chunks)
        {
            byte[] body = [.. System.Text.Encoding.ASCII.GetBytes(type), .. content];
            BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
            file.AddRange(number);
            file.AddRange(body);
            BinaryPrimitives.WriteUInt32BigEndian(number, Crc(body));
            file.AddRange(number);
        }
        return [.. file];
    }

    public static byte[] Compress(byte[] data)
    {
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Optimal))
        {
            zlib.Write(data);
        }
        return compressed.ToArray();
    }

    // A bit at a time, as the specification's definition has it.
    public static uint Crc(byte[] data)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in data)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 1 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
            }
        }
        return ~crc;
    }

    private byte[] Rows()
    {
        var rows = new List<byte>();
        (int X, int Y, int StepX, int StepY)[] passes = Interlaced
            ? [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
            : [(0, 0, 1, 1)];
        int turn = 0;
        foreach ((int left, int top, int stepX, int stepY) in passes)
        {
            byte[]? above = null;
            for (int y = top; y < Height && left < Width; y += stepY)
            {
                byte[] row = Pack(left, y, stepX);
                int filter = Filter < 0 ? turn++ % 5 : Filter;
                rows.Add((byte)filter);
                rows.AddRange(Filtered(row, above ?? new byte[row.Length], filter));
                above = row;
            }
        }
        return [.. rows];
    }

    private byte[] Pack(int left, int y, int step)
    {
        var bits = new List<bool>();
        for (int x = left; x < Width; x += step)
        {
            for (int c = 0; c < Channels; c++)
            {
                int sample = Sample(x, y, c);
                for (int bit = Depth - 1; bit >= 0; bit--)
                {
                    bits.Add((sample >> bit & 1) == 1);
                }
            }
        }
        var bytes = new byte[(bits.Count + 7) / 8];
        for (int i = 0; i < bits.Count; i++)
        {
            bytes[i / 8] |= (byte)(bits[i] ? 0x80 >> i % 8 : 0);
        }
        return bytes;
    }

    private byte[] Filtered(byte[] row, byte[] above, int filter)
    {
        int pixel = Math.Max(1, Depth * Channels / 8);
        var result = new byte[row.Length];
        for (int i = 0; i < row.Length; i++)
        {
            int a = i >= pixel ? row[i - pixel] : 0, b = above[i], c = i >= pixel ? above[i - pixel] : 0;
            int p = a + b - c;
            int nearest = new[] { a, b, c }.MinBy(v => Math.Abs(p - v));
            result[i] = (byte)(row[i] - filter switch { 1 => a, 2 => b, 3 => (a + b) / 2, 4 => nearest, _ => 0 });
        }
        return result;
    }
}
