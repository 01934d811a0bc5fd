using System.Buffers.Binary;

namespace SegML.Tests.ImageSharp;

/// <summary>
/// Writes uncompressed TIFF files plainly, after the TIFF 6.0 specification and not after a reader under test: any number of channels, 8, 16 or 32
/// bits, whole numbers or floats, channels side by side or plane after plane, either byte order.
/// </summary>
internal sealed record TestTiff
{
    public int Width { get; init; } = 1;

    public int Height { get; init; } = 1;

    public int Channels { get; init; } = 1;

    public int Bits { get; init; } = 8;

    /// <summary>Whether <see cref="Sample"/> gives the bits of floats.</summary>
    public bool IsFloat { get; init; }

    /// <summary>Whether each channel is a plane of its own.</summary>
    public bool IsPlanar { get; init; }

    public bool IsBigEndian { get; init; }

    /// <summary>Rows that are written; less than <see cref="Height"/>: the file claims more than it has.</summary>
    public int? Rows { get; init; }

    /// <summary>The sample of column x, row y, channel c.</summary>
    public Func<int, int, int, int> Sample { get; init; } = (_, _, _) => 0;

    public byte[] Encode()
    {
        byte[] data = Data();
        int planes = IsPlanar ? Channels : 1, planeLength = data.Length / planes;
        bool isColor = Channels is 3 or 4;
        List<(int Tag, int Type, int[] Values)> entries =
        [
            (256, 4, [Width]), (257, 4, [Height]), (258, 3, [.. Enumerable.Repeat(Bits, Channels)]), (259, 3, [1]), (262, 3, [isColor ? 2 : 1]),
            (273, 4, [.. Enumerable.Range(0, planes).Select(p => 8 + p * planeLength)]), (277, 3, [Channels]), (278, 4, [Height]),
            (279, 4, [.. Enumerable.Repeat(planeLength, planes)]), (284, 3, [IsPlanar ? 2 : 1]),
        ];
        int extra = Channels - (isColor ? 3 : 1);
        if (extra > 0)
        {
            entries.Add((338, 3, [.. Enumerable.Repeat(Channels == 4 ? 2 : 0, extra)]));
        }
        entries.Add((339, 3, [.. Enumerable.Repeat(IsFloat ? 3 : 1, Channels)]));

        using var file = new MemoryStream();
        file.Write(IsBigEndian ? "MM"u8 : "II"u8);
        Short(file, 42);
        int directory = 8 + data.Length, overflow = directory + 2 + 12 * entries.Count + 4;
        Long(file, directory);
        file.Write(data);
        using var values = new MemoryStream();
        Short(file, entries.Count);
        foreach ((int tag, int type, int[] numbers) in entries)
        {
            Short(file, tag);
            Short(file, type);
            Long(file, numbers.Length);
            using var own = new MemoryStream();
            foreach (int number in numbers)
            {
                if (type == 3)
                {
                    Short(own, number);
                }
                else
                {
                    Long(own, number);
                }
            }
            if (own.Length <= 4)
            {
                own.SetLength(4);
                own.WriteTo(file);
            }
            else
            {
                Long(file, overflow + (int)values.Length);
                own.WriteTo(values);
            }
        }
        Long(file, 0);
        values.WriteTo(file);
        return file.ToArray();
    }

    private byte[] Data()
    {
        using var data = new MemoryStream();
        for (int plane = 0; plane < (IsPlanar ? Channels : 1); plane++)
        {
            for (int y = 0; y < (Rows ?? Height); y++)
            {
                for (int x = 0; x < Width; x++)
                {
                    for (int c = IsPlanar ? plane : 0; c <= (IsPlanar ? plane : Channels - 1); c++)
                    {
                        Put(data, Sample(x, y, c));
                    }
                }
            }
        }
        return data.ToArray();
    }

    private void Put(Stream stream, int value)
    {
        switch (Bits)
        {
            case 8: stream.WriteByte((byte)value); break;
            case 16: Short(stream, value); break;
            default: Long(stream, value); break;
        }
    }

    private void Short(Stream stream, int value)
    {
        Span<byte> bytes = stackalloc byte[2];
        if (IsBigEndian)
        {
            BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)value);
        }
        else
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)value);
        }
        stream.Write(bytes);
    }

    private void Long(Stream stream, int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        if (IsBigEndian)
        {
            BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        }
        else
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        }
        stream.Write(bytes);
    }
}
