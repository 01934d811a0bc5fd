using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace SegML.Scenes.Sets;

/// <summary>Grey PNG files of 8 or 16 bits (PNG specification, third edition), which the image writer does not make.</summary>
internal static class GrayPng
{
    /// <summary>Encodes values of 0 to 255, or to 65535, row by row.</summary>
    public static byte[] Encode(int width, int height, int bits, Func<int, int> value)
    {
        int bytes = bits / 8;
        using var data = new MemoryStream();
        using (var zlib = new ZLibStream(data, CompressionLevel.Fastest, leaveOpen: true))
        {
            byte[] row = new byte[1 + width * bytes];
            for (int y = 0; y < height; y++)
            {
                for (int x = 0; x < width; x++)
                {
                    int v = value(y * width + x);
                    if (bits == 16)
                    {
                        BinaryPrimitives.WriteUInt16BigEndian(row.AsSpan(1 + 2 * x), (ushort)v);
                    }
                    else
                    {
                        row[1 + x] = (byte)v;
                    }
                }
                zlib.Write(row);
            }
        }
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = (byte)bits;
        using var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        Chunk(file, "IHDR"u8, header);
        Chunk(file, "IDAT"u8, data.ToArray());
        Chunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    private static void Chunk(MemoryStream file, ReadOnlySpan<byte> name, ReadOnlySpan<byte> content)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        file.Write(number);
        file.Write(name);
        file.Write(content);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.HashToUInt32([.. name, .. content]));
        file.Write(number);
    }
}
