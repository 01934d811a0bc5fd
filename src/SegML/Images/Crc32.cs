using System.Buffers.Binary;

namespace SegML.Images;

/// <summary>CRC-32 as PNG uses it (ISO 3309, reflected polynomial EDB88320), eight bytes a step.</summary>
internal static class Crc32
{
    private static readonly uint[] _tables = Tables();

    /// <summary>The CRC of some bytes, or of more bytes after those of <paramref name="crc"/>.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes, uint crc = 0)
    {
        ReadOnlySpan<uint> t = _tables;
        crc = ~crc;
        while (bytes.Length >= 8)
        {
            uint a = BinaryPrimitives.ReadUInt32LittleEndian(bytes) ^ crc;
            uint b = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            crc = t[7 * 256 + (byte)a] ^ t[6 * 256 + (byte)(a >> 8)] ^ t[5 * 256 + (byte)(a >> 16)] ^ t[4 * 256 + (int)(a >> 24)]
                ^ t[3 * 256 + (byte)b] ^ t[2 * 256 + (byte)(b >> 8)] ^ t[256 + (byte)(b >> 16)] ^ t[(int)(b >> 24)];
            bytes = bytes[8..];
        }
        foreach (byte value in bytes)
        {
            crc = t[(byte)(crc ^ value)] ^ (crc >> 8);
        }
        return ~crc;
    }

    private static uint[] Tables()
    {
        var tables = new uint[8 * 256];
        for (uint i = 0; i < 256; i++)
        {
            uint crc = i;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320);
            }
            tables[i] = crc;
        }
        for (int i = 256; i < tables.Length; i++)
        {
            tables[i] = tables[(byte)tables[i - 256]] ^ (tables[i - 256] >> 8);
        }
        return tables;
    }
}
