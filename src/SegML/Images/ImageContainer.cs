using System.Buffers.Binary;
using SkiaSharp;

namespace SegML.Images;

/// <summary>
/// Whether a file reaches its format's own end. Decoders are lenient about the last bytes: a JPEG cut within its last
/// rows, or a PNG without its last chunk, decodes without a complaint.
/// </summary>
internal static class ImageContainer
{
    /// <summary>True where the end is there, or the format has none to look for.</summary>
    public static bool IsComplete(ReadOnlySpan<byte> file, SKEncodedImageFormat format) => format switch
    {
        SKEncodedImageFormat.Jpeg => JpegEnds(file),
        SKEncodedImageFormat.Png => PngEnds(file),
        SKEncodedImageFormat.Webp => WebpEnds(file),
        SKEncodedImageFormat.Bmp => BmpEnds(file),
        _ => true,
    };

    /// <summary>Whether a file begins as one of the common formats does.</summary>
    public static bool LooksLikeImage(ReadOnlySpan<byte> file) =>
        file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) || file.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G']) || file.StartsWith("RIFF"u8)
        || file.StartsWith("GIF8"u8) || file.StartsWith("BM"u8);

    // ITU-T T.81 annex B: segments with a length, and entropy-coded data in which FF is followed by 00 or a restart marker.
    // Walking them skips the end markers of thumbnails, which lie inside segments.
    private static bool JpegEnds(ReadOnlySpan<byte> file)
    {
        int at = 2;
        while (true)
        {
            int mark = at < file.Length ? file[at..].IndexOf((byte)0xFF) : -1;
            if (mark < 0)
            {
                return false;
            }
            at += mark + 1;
            while (at < file.Length && file[at] == 0xFF)
            {
                at++;
            }
            if (at >= file.Length)
            {
                return false;
            }
            byte marker = file[at++];
            switch (marker)
            {
                case 0xD9:
                    return true;
                case 0x00 or 0x01 or (>= 0xD0 and <= 0xD8):
                    continue;
            }
            if (at + 2 > file.Length)
            {
                return false;
            }
            at += BinaryPrimitives.ReadUInt16BigEndian(file[at..]);
        }
    }

    // W3C PNG, section 5.3: length, type, data, CRC; the last type is IEND.
    private static bool PngEnds(ReadOnlySpan<byte> file)
    {
        long at = 8;
        while (at + 12 <= file.Length)
        {
            ReadOnlySpan<byte> chunk = file[(int)at..];
            if (chunk[4..].StartsWith("IEND"u8))
            {
                return true;
            }
            at += 12L + BinaryPrimitives.ReadUInt32BigEndian(chunk);
        }
        return false;
    }

    // RFC 9649: "RIFF", then the size of everything that follows.
    private static bool WebpEnds(ReadOnlySpan<byte> file) =>
        file.Length >= 12 && BinaryPrimitives.ReadUInt32LittleEndian(file[4..]) + 8L <= file.Length;

    // Where the pixels start, and for uncompressed ones how many bytes they take: width * bits, padded to 4 bytes a row.
    private static bool BmpEnds(ReadOnlySpan<byte> file)
    {
        if (file.Length < 34 || BinaryPrimitives.ReadInt32LittleEndian(file[14..]) < 40)
        {
            return true;
        }
        long width = BinaryPrimitives.ReadInt32LittleEndian(file[18..]);
        long height = Math.Abs((long)BinaryPrimitives.ReadInt32LittleEndian(file[22..]));
        int bits = BinaryPrimitives.ReadUInt16LittleEndian(file[28..]);
        bool packed = BinaryPrimitives.ReadInt32LittleEndian(file[30..]) is not (0 or 3);
        return packed || BinaryPrimitives.ReadUInt32LittleEndian(file[10..]) + (width * bits + 31) / 32 * 4 * height <= file.Length;
    }
}
