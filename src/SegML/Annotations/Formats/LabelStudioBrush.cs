namespace SegML.Annotations.Formats;

/// <summary>
/// Label Studio's brush strokes: the RGBA bytes of the whole image, run-length coded in bits. 32 bits say how many bytes follow, 5 how long
/// a byte is less 1, four times 4 how long each kind of length is less 1. Then each run begins with a bit (1: one byte, repeated; 0: bytes as
/// they are), two bits for the kind of length, and the length less 1. What is covered has an alpha above 0.
/// </summary>
internal static class LabelStudioBrush
{
    /// <summary>The covered pixels.</summary>
    /// <exception cref="AnnotationFormatException">The code is cut short, or is of another size.</exception>
    public static RunLengthShape Shape(string label, JsonField rle, int width, int height)
    {
        byte[] code = [.. rle.Items().Select(n => (byte)n.Whole("bytes"))];
        var bits = new BitReader(code);
        long pixels = (long)width * height;
        var runs = new List<long>();
        try
        {
            long bytes = bits.Read(32);
            int word = (int)bits.Read(5) + 1;
            int[] lengths = [(int)bits.Read(4) + 1, (int)bits.Read(4) + 1, (int)bits.Read(4) + 1, (int)bits.Read(4) + 1];
            if (bytes != 4 * pixels)
            {
                throw Bad(rle, $"is of {bytes / 4} pixels, not of the image's {width}x{height}");
            }
            bool covered = false;
            long start = 0;
            for (long at = 0; at < bytes;)
            {
                bool repeated = bits.Read(1) == 1;
                long end = at + 1 + bits.Read(lengths[(int)bits.Read(2)]);
                if (end > bytes)
                {
                    throw Bad(rle, "is longer than its image");
                }
                long value = repeated ? bits.Read(word) : 0;
                // Alpha is each pixel's last byte: the first one at or after this place.
                for (; at < end; at++)
                {
                    value = repeated ? value : bits.Read(word);
                    if ((at & 3) == 3 && value > 0 != covered)
                    {
                        runs.Add(at / 4 - start);
                        (start, covered) = (at / 4, !covered);
                    }
                }
            }
            runs.Add(pixels - start);
        }
        catch (EndOfStreamException)
        {
            throw Bad(rle, "is cut short");
        }
        return new RunLengthShape(label, 0, 0, width, height, runs);
    }

    private static AnnotationFormatException Bad(JsonField rle, string how) => rle.Bad($"has a brush stroke that {how} ({rle.Place})");

    private struct BitReader(byte[] bytes)
    {
        private long _at;

        public long Read(int count)
        {
            long value = 0;
            for (int i = 0; i < count; i++, _at++)
            {
                if (_at >> 3 >= bytes.Length)
                {
                    throw new EndOfStreamException();
                }
                value = (value << 1) | (uint)((bytes[_at >> 3] >> (int)(7 - (_at & 7))) & 1);
            }
            return value;
        }
    }
}
