using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SegML.Scoring;

/// <summary>The network's input straight from bytes, for RGB and BGR: no colour to convert.</summary>
internal static class ByteTensor
{
    /// <param name="rgba">The pixels, red in the low byte.</param>
    /// <param name="scale">What a byte is multiplied by, a channel of the input each.</param>
    /// <param name="offset">What is then added.</param>
    /// <param name="bgr">Whether the input's first channel is blue.</param>
    /// <param name="destination">3 * H * W values.</param>
    /// <param name="layout">The order of <paramref name="destination"/>.</param>
    public static void Fill(ReadOnlySpan<uint> rgba, ReadOnlySpan<float> scale, ReadOnlySpan<float> offset, bool bgr,
        Span<float> destination, TensorLayout layout)
    {
        if (layout == TensorLayout.Nhwc)
        {
            FillInterleaved(rgba, scale, offset, bgr, destination);
            return;
        }
        for (int c = 0; c < 3; c++)
        {
            FillPlane(rgba, 8 * (bgr ? 2 - c : c), scale[c], offset[c], destination.Slice(c * rgba.Length, rgba.Length));
        }
    }

    private static void FillPlane(ReadOnlySpan<uint> rgba, int shift, float scale, float offset, Span<float> plane)
    {
        ref uint from = ref MemoryMarshal.GetReference(rgba);
        ref float to = ref MemoryMarshal.GetReference(plane);
        int i = 0, step = Vector256<uint>.Count;
        for (; i <= plane.Length - step; i += step)
        {
            Vector256<int> bytes = ((Vector256.LoadUnsafe(ref from, (nuint)i) >>> shift) & Vector256.Create(0xFFu)).AsInt32();
            (Vector256.ConvertToSingle(bytes) * scale + Vector256.Create(offset)).StoreUnsafe(ref to, (nuint)i);
        }
        for (; i < plane.Length; i++)
        {
            plane[i] = (byte)(rgba[i] >>> shift) * scale + offset;
        }
    }

    private static void FillInterleaved(
        ReadOnlySpan<uint> rgba, ReadOnlySpan<float> scale, ReadOnlySpan<float> offset, bool bgr, Span<float> destination)
    {
        Span<float> table = stackalloc float[3 * 256];
        for (int i = 0; i < table.Length; i++)
        {
            table[i] = (i & 0xFF) * scale[i >> 8] + offset[i >> 8];
        }
        int first = bgr ? 16 : 0, last = 16 - first;
        for (int i = 0, o = 0; i < rgba.Length; i++, o += 3)
        {
            uint pixel = rgba[i];
            Span<float> three = destination.Slice(o, 3);
            three[0] = table[(byte)(pixel >> first)];
            three[1] = table[256 + (byte)(pixel >> 8)];
            three[2] = table[512 + (byte)(pixel >> last)];
        }
    }
}
