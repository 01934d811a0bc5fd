using System.Buffers;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SegML.Scoring;

/// <summary>Probabilities from logits, at the logits' size or interpolated to another: logits first, then exp, then the share.</summary>
internal static class ResizedSoftmax
{
    /// <summary>Interpolates the logits row by row, exactly as <see cref="ResizedArgMax"/> does, and turns each row into probabilities.</summary>
    public static void Run(
        ReadOnlySpan<float> logits, int classes, int height, int width, Span<float> scores, int outHeight, int outWidth) =>
        Resize(logits, classes, height, width, scores, outHeight, outWidth, normalise: true);

    /// <summary>Interpolates the logits row by row.</summary>
    /// <param name="logits">[C, H, W].</param>
    /// <param name="classes">C.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="scores">Receives [C, <paramref name="outHeight"/>, <paramref name="outWidth"/>].</param>
    /// <param name="outHeight">The scores' height.</param>
    /// <param name="outWidth">The scores' width.</param>
    /// <param name="normalise">Whether each row becomes probabilities while it is in the cache.</param>
    public static void Resize(
        ReadOnlySpan<float> logits, int classes, int height, int width, Span<float> scores, int outHeight, int outWidth, bool normalise = false)
    {
        int[] columns = ArrayPool<int>.Shared.Rent(outWidth);
        float[] rented = ArrayPool<float>.Shared.Rent(outWidth + width);
        try
        {
            Span<float> weights = rented.AsSpan(0, outWidth), mixed = rented.AsSpan(outWidth, width);
            for (int x = 0; x < outWidth; x++)
            {
                (columns[x], weights[x]) = HalfPixel.Source(x, outWidth, width);
            }
            int pixels = height * width, outPixels = outHeight * outWidth;
            for (int y = 0; y < outHeight; y++)
            {
                (int top, float down) = HalfPixel.Source(y, outHeight, height);
                int bottom = Math.Min(top + 1, height - 1);
                for (int c = 0; c < classes; c++)
                {
                    Mix(logits.Slice(c * pixels + top * width, width), logits.Slice(c * pixels + bottom * width, width), down, mixed);
                    Span<float> row = scores.Slice(c * outPixels + y * outWidth, outWidth);
                    for (int x = 0; x < row.Length; x++)
                    {
                        int near = columns[x];
                        row[x] = HalfPixel.Mix(mixed[near], mixed[Math.Min(near + 1, width - 1)], weights[x]);
                    }
                }
                if (normalise)
                {
                    Normalise(scores[(y * outWidth)..], outPixels, classes, outWidth);
                }
            }
        }
        finally
        {
            ArrayPool<int>.Shared.Return(columns);
            ArrayPool<float>.Shared.Return(rented);
        }
    }

    /// <summary>Turns logits into probabilities in place.</summary>
    /// <param name="values">The first class's first value.</param>
    /// <param name="stride">From a class's value to the next class's of the same pixel.</param>
    /// <param name="classes">How many classes.</param>
    /// <param name="pixels">How many pixels, side by side.</param>
    public static void Normalise(Span<float> values, int stride, int classes, int pixels)
    {
        ref float first = ref MemoryMarshal.GetReference(values);
        int i = 0, step = Vector256<float>.Count;
        for (; i <= pixels - step; i += step)
        {
            // Less the greatest, or exp overflows.
            Vector256<float> greatest = Vector256.LoadUnsafe(ref first, (nuint)i), sum = Vector256<float>.Zero;
            for (int c = 1; c < classes; c++)
            {
                greatest = Vector256.Max(greatest, Vector256.LoadUnsafe(ref first, (nuint)i + (nuint)c * (nuint)stride));
            }
            for (int c = 0; c < classes; c++)
            {
                nuint at = (nuint)i + (nuint)c * (nuint)stride;
                Vector256<float> power = Vector256.Exp(Vector256.LoadUnsafe(ref first, at) - greatest);
                sum += power;
                power.StoreUnsafe(ref first, at);
            }
            for (int c = 0; c < classes; c++)
            {
                nuint at = (nuint)i + (nuint)c * (nuint)stride;
                (Vector256.LoadUnsafe(ref first, at) / sum).StoreUnsafe(ref first, at);
            }
        }
        for (; i < pixels; i++)
        {
            float greatest = values[i], sum = 0;
            for (int c = 1; c < classes; c++)
            {
                greatest = Math.Max(greatest, values[i + c * stride]);
            }
            for (int c = 0; c < classes; c++)
            {
                sum += values[i + c * stride] = MathF.Exp(values[i + c * stride] - greatest);
            }
            for (int c = 0; c < classes; c++)
            {
                values[i + c * stride] /= sum;
            }
        }
    }

    private static void Mix(ReadOnlySpan<float> top, ReadOnlySpan<float> bottom, float weight, Span<float> mixed)
    {
        for (int x = 0; x < mixed.Length; x++)
        {
            mixed[x] = HalfPixel.Mix(top[x], bottom[x], weight);
        }
    }
}
