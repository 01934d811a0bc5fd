using System.Buffers.Binary;

namespace SegML.Tests.Images;

/// <summary>Progressive grey JPEGs (ITU-T T.81, annex G), which none of the encoders at hand writes: a scan of DC and two of AC.</summary>
internal static class ProgressiveJpeg
{
    /// <summary>Encodes a picture of random blocks.</summary>
    public static byte[] Create(int width, int height)
    {
        var random = new Random(width);
        int blocks = (width + 7) / 8 * ((height + 7) / 8);
        // DC: '0' stands for a difference of 3 bits, '10' for none. AC: '0' for the next coefficient in 1 bit, '10' for the end of the block, '110' for
        // the end of it and of up to 3 others.
        return
        [
            0xFF, 0xD8, .. Segment(0xDB, [0, .. Enumerable.Repeat((byte)8, 64)]),
            .. Segment(0xC2, [8, (byte)(height >> 8), (byte)height, (byte)(width >> 8), (byte)width, 1, 1, 0x11, 0]),
            .. Segment(0xC4, [0x00, 1, 1, .. new byte[14], 3, 0, 0x10, 1, 1, 1, .. new byte[13], 0x01, 0x00, 0x10]),
            .. Scan(0, 0, bits =>
            {
                for (int i = 0; i < blocks; i++)
                {
                    bits.Add(i % 3 == 0 ? "10" : "0" + Convert.ToString(random.Next(8), 2).PadLeft(3, '0'));
                }
            }),
            .. Scan(1, 5, bits =>
            {
                for (int i = 0; i < blocks; i++)
                {
                    bits.Add($"0{random.Next(2)}0{random.Next(2)}10");
                }
            }),
            .. Scan(6, 63, bits =>
            {
                for (int i = 0; i < blocks; i += 3)
                {
                    bits.Add($"0{random.Next(2)}0{random.Next(2)}0{random.Next(2)}");
                    int others = Math.Min(2, blocks - i - 1);
                    bits.Add(others == 2 ? "1101" : others == 1 ? "1100" : "10");
                }
            }),
            0xFF, 0xD9,
        ];
    }

    private static byte[] Scan(byte first, byte last, Action<List<string>> write)
    {
        var codes = new List<string>();
        write(codes);
        string bits = string.Concat(codes);
        bits = bits.PadRight((bits.Length + 7) / 8 * 8, '1');
        IEnumerable<byte> data = Enumerable.Range(0, bits.Length / 8).Select(i => Convert.ToByte(bits.Substring(8 * i, 8), 2));
        return [.. Segment(0xDA, [1, 1, 0x00, first, last, 0]), .. data.SelectMany(b => b == 0xFF ? (byte[])[0xFF, 0] : [b])];
    }

    private static byte[] Segment(byte marker, byte[] content)
    {
        byte[] head = [0xFF, marker, 0, 0];
        BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(2), (ushort)(content.Length + 2));
        return [.. head, .. content];
    }
}
