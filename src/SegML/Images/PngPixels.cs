using System.Buffers.Binary;

namespace SegML.Images;

/// <summary>Turns a PNG file's inflated rows into values: undoes the filters, unpacks the bits, undoes the interlacing.</summary>
internal static class PngPixels
{
    private delegate void PutRow<T>(ReadOnlySpan<byte> row, PngHeader header, Span<T> to, int count, int step);

    /// <summary>Values of 1 to 8 bits.</summary>
    public static byte[] Bytes(PngHeader header, Span<byte> rows, byte[] values, string name) =>
        Each(header, rows, values, name, static (row, header, to, count, step) =>
        {
            if (header.Bits == 8 && step == 1)
            {
                row[..count].CopyTo(to);
            }
            else if (header.Bits >= 8)
            {
                int stride = header.Bits / 8;
                for (int i = 0; i < count; i++)
                {
                    to[i * step] = row[i * stride];
                }
            }
            else
            {
                PutBits(row, header.Bits, to, count, step);
            }
        });

    /// <summary>Values of 16 bits.</summary>
    public static ushort[] Words(PngHeader header, Span<byte> rows, ushort[] values, string name) =>
        Each(header, rows, values, name, static (row, _, to, count, step) =>
        {
            for (int i = 0; i < count; i++)
            {
                to[i * step] = BinaryPrimitives.ReadUInt16BigEndian(row[(i * 2)..]);
            }
        });

    /// <summary>Colours, 0xRRGGBB; alpha is dropped.</summary>
    public static int[] Colors(PngHeader header, Span<byte> rows, int[] values, string name) =>
        Each(header, rows, values, name, static (row, header, to, count, step) =>
        {
            int stride = header.Bits / 8;
            for (int i = 0; i < count; i++)
            {
                ReadOnlySpan<byte> pixel = row.Slice(i * stride, 3);
                to[i * step] = pixel[0] << 16 | pixel[1] << 8 | pixel[2];
            }
        });

    /// <summary>Samples of 16 bits as shares of the greatest value, a pixel's side by side.</summary>
    public static void Shares(PngHeader header, Span<byte> rows, Span<float> values, string name) =>
        Each(header, rows, values, name, static (row, header, to, count, step) =>
        {
            int samples = header.Bits / 16;
            for (int i = 0; i < count; i++)
            {
                for (int c = 0; c < samples; c++)
                {
                    to[i * step * samples + c] = BinaryPrimitives.ReadUInt16BigEndian(row[((i * samples + c) * 2)..]) / 65535f;
                }
            }
        }, header.Bits / 16);

    // Pixels are packed from a byte's high bits down.
    private static void PutBits(ReadOnlySpan<byte> row, int bits, Span<byte> to, int count, int step)
    {
        int mask = (1 << bits) - 1;
        for (int i = 0, bit = 0; i < count; i++, bit += bits)
        {
            to[i * step] = (byte)(row[bit >> 3] >> (8 - bits - (bit & 7)) & mask);
        }
    }

    private static T[] Each<T>(PngHeader header, Span<byte> rows, T[] values, string name, PutRow<T> put)
    {
        Each(header, rows, values.AsSpan(), name, put, 1);
        return values;
    }

    private static void Each<T>(PngHeader header, Span<byte> rows, Span<T> values, string name, PutRow<T> put, int valuesPerPixel)
    {
        int at = 0;
        foreach (PngPass pass in PngPass.Of(header))
        {
            int length = header.RowBytes(pass.Width);
            ReadOnlySpan<byte> above = default;
            for (int y = 0; y < pass.Height; y++)
            {
                Span<byte> row = rows.Slice(at + 1, length);
                if (!PngFilter.Undo(rows[at], row, above, Math.Max(1, header.Bits / 8)))
                {
                    throw PngHeader.Damaged(name, $"filter {rows[at]} in row {y}");
                }
                int first = (pass.Y + y * pass.StepY) * header.Width + pass.X;
                put(row, header, values[(first * valuesPerPixel)..], pass.Width, pass.StepX);
                above = row;
                at += length + 1;
            }
        }
    }
}
