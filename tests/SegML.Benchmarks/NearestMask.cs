namespace SegML.Benchmarks;

/// <summary>Enlarges a mask that came out at the network's size, as an application without SegML has to.</summary>
internal static class NearestMask
{
    public static void Enlarge(ReadOnlySpan<byte> mask, int width, int height, Span<byte> large, int largeWidth, int largeHeight)
    {
        for (int y = 0; y < largeHeight; y++)
        {
            ReadOnlySpan<byte> from = mask.Slice((int)((long)y * height / largeHeight) * width, width);
            Span<byte> to = large.Slice(y * largeWidth, largeWidth);
            for (int x = 0; x < to.Length; x++)
            {
                to[x] = from[(int)((long)x * width / largeWidth)];
            }
        }
    }
}
