using System.Buffers.Binary;

namespace SegML.Tests.Images;

/// <summary>Takes JPEG files apart for tests.</summary>
internal static class Jpeg
{
    /// <summary>The file with an APP1 segment after its first marker.</summary>
    public static byte[] WithSegment(byte[] jpeg, byte[] content)
    {
        byte[] length = [0, 0];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)(content.Length + 2));
        return [.. jpeg[..2], 0xFF, 0xE1, .. length, .. content, .. jpeg[2..]];
    }

    /// <summary>The content of an EXIF segment that holds an orientation: a TIFF header and one entry, tag 0x0112.</summary>
    public static byte[] Orientation(int orientation) =>
        [.. "Exif\0\0MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0, 0, 0, 0, 0];
}
