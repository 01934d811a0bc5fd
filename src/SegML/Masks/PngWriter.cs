using System.Buffers.Binary;
using System.IO.Compression;

namespace SegML.Masks;

/// <summary>Encodes a mask as an indexed 8-bit PNG whose palette is the class colours. Values are the class ids.</summary>
internal static class PngWriter
{
    /// <summary>Writes it as it is encoded: nothing of it is held.</summary>
    public static void Write(Stream png, SegmentationMask mask)
    {
        png.Write(PngHeader.Signature);
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, mask.Width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], mask.Height);
        header[8] = 8;
        header[9] = (byte)PngKind.Indexed;
        header[10..].Clear();
        PngDataWriter.WriteChunk(png, "IHDR"u8, header);
        PngDataWriter.WriteChunk(png, "PLTE"u8, Palette(mask.Classes));
        WriteData(png, mask);
        PngDataWriter.WriteChunk(png, "IEND"u8, []);
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
    private static void WriteData(Stream png, SegmentationMask mask)
    {
        using var data = new PngDataWriter(png);
        using var zlib = new ZLibStream(data, CompressionLevel.Fastest);
        for (int y = 0; y < mask.Height; y++)
        {
            zlib.WriteByte(0);
            zlib.Write(mask.Ids.Slice(y * mask.Width, mask.Width));
        }
    }
}
