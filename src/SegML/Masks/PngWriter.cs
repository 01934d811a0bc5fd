using System.Buffers.Binary;
using System.IO.Compression;

namespace SegML.Masks;

/// <summary>Encodes a mask as an indexed 8-bit PNG whose palette is the class colours. Values are the class ids.</summary>
internal static class PngWriter
{
    public static MemoryStream Encode(SegmentationMask mask)
    {
        var png = new MemoryStream();
        png.Write(PngHeader.Signature);
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, mask.Width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], mask.Height);
        header[8] = 8;
        header[9] = (byte)PngKind.Indexed;
        header[10..].Clear();
        WriteChunk(png, "IHDR"u8, header);
        WriteChunk(png, "PLTE"u8, Palette(mask.Classes));
        WriteData(png, mask);
        WriteChunk(png, "IEND"u8, []);
        return png;
    }

    // Every value needs an entry, so the palette reaches to the ignore index; values between have no meaning and stay black.
    private static byte[] Palette(ClassSet classes)
    {
        var palette = new byte[(classes.IgnoreIndex + 1) * 3];
        for (int id = 0; id <= classes.IgnoreIndex; id++)
        {
            if (classes.Holds((byte)id))
            {
                Rgb color = classes.ColorOf((byte)id);
                (palette[id * 3], palette[id * 3 + 1], palette[id * 3 + 2]) = (color.R, color.G, color.B);
            }
        }
        return palette;
    }

    // Rows are not filtered: indices have no slope that differences would flatten.
    private static void WriteData(MemoryStream png, SegmentationMask mask)
    {
        long start = BeginChunk(png, "IDAT"u8);
        using (var zlib = new ZLibStream(png, CompressionLevel.Fastest, leaveOpen: true))
        {
            for (int y = 0; y < mask.Height; y++)
            {
                zlib.WriteByte(0);
                zlib.Write(mask.Ids.Slice(y * mask.Width, mask.Width));
            }
        }
        EndChunk(png, start);
    }

    private static void WriteChunk(MemoryStream png, ReadOnlySpan<byte> type, ReadOnlySpan<byte> content)
    {
        long start = BeginChunk(png, type);
        png.Write(content);
        EndChunk(png, start);
    }

    private static long BeginChunk(MemoryStream png, ReadOnlySpan<byte> type)
    {
        long start = png.Position;
        png.Write([0, 0, 0, 0]);
        png.Write(type);
        return start;
    }

    private static void EndChunk(MemoryStream png, long start)
    {
        Span<byte> chunk = png.GetBuffer().AsSpan((int)start, (int)(png.Position - start));
        BinaryPrimitives.WriteInt32BigEndian(chunk, chunk.Length - 8);
        Span<byte> crc = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(crc, Crc32.Of(chunk[4..]));
        png.Write(crc);
    }
}
