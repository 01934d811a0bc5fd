using System.Buffers.Binary;
using System.IO.Compression;
using SegML.Images;

namespace SegML.Masks;

/// <summary>Encodes a mask as an indexed 8-bit PNG whose palette is the class colours, or other values of a byte a pixel as a grey one.</summary>
internal static class PngWriter
{
    // A mask is runs of one value: to look for nothing else takes half the time of zlib's fastest search and gives two thirds of its bytes, fewer than its
    // sixth level's.
    private static readonly ZLibCompressionOptions _runs = new() { CompressionLevel = 1, CompressionStrategy = ZLibCompressionStrategy.RunLengthEncoding };
    private static readonly ZLibCompressionOptions _any = new() { CompressionLevel = 1 };

    /// <summary>Writes a mask as it is encoded: nothing of it is held. Values are the class ids.</summary>
    public static void Write(Stream png, SegmentationMask mask) => Write(png, mask.Ids, mask.Width, mask.Height, Palette(mask.Classes));

    /// <summary>Writes grey values as they are encoded.</summary>
    /// <param name="png">Where to.</param>
    /// <param name="grey">0 (black) to 255 (white), width * height values, row by row.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    public static void WriteGrey(Stream png, ReadOnlySpan<byte> grey, int width, int height) => Write(png, grey, width, height, []);

    // Without a palette the values are grey.
    private static void Write(Stream png, ReadOnlySpan<byte> values, int width, int height, ReadOnlySpan<byte> palette)
    {
        png.Write(PngHeader.Signature);
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], height);
        header[8] = 8;
        header[9] = (byte)(palette.IsEmpty ? PngKind.Grey : PngKind.Indexed);
        header[10..].Clear();
        PngDataWriter.WriteChunk(png, "IHDR"u8, header);
        if (!palette.IsEmpty)
        {
            PngDataWriter.WriteChunk(png, "PLTE"u8, palette);
        }
        WriteData(png, values, width, runs: !palette.IsEmpty);
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
    private static void WriteData(Stream png, ReadOnlySpan<byte> values, int width, bool runs)
    {
        using var data = new PngDataWriter(png);
        using var zlib = new ZLibStream(data, runs ? _runs : _any);
        for (; !values.IsEmpty; values = values[width..])
        {
            zlib.WriteByte(0);
            zlib.Write(values[..width]);
        }
    }
}
