using System.Buffers;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using SegML.Images;

namespace SegML.Training.Data.Effects;

/// <summary>
/// A Gaussian filter, across and then down; the border's pixels go on outside. Both ways are the same sum of shifted runs of bytes,
/// by whole pixels across and by whole rows down.
/// </summary>
internal static class GaussianBlur
{
    // Below this the centre's weight rounds everything else away.
    private const double LeastSigma = 0.2;

    /// <param name="image">Changed in place.</param>
    /// <param name="sigma">Standard deviation in pixels, at most 20.</param>
    public static void Apply(RgbaImage image, double sigma)
    {
        if (sigma < LeastSigma)
        {
            return;
        }
        int radius = (int)Math.Ceiling(3 * sigma), stride = 4 * image.Width, padded = stride + 8 * radius;
        Span<float> weights = stackalloc float[2 * radius + 1];
        FillWeights(weights, sigma);
        byte[] across = ArrayPool<byte>.Shared.Rent(stride * image.Height), row = ArrayPool<byte>.Shared.Rent(padded);
        float[] rented = ArrayPool<float>.Shared.Rent(stride);
        Span<float> sums = rented.AsSpan(0, stride);
        try
        {
            for (int y = 0; y < image.Height; y++)
            {
                Extend(image.Row(y), row.AsSpan(0, padded), radius);
                sums.Clear();
                for (int k = 0; k < weights.Length; k++)
                {
                    Add(row.AsSpan(4 * k, stride), weights[k], sums);
                }
                Round(sums, across.AsSpan(y * stride, stride));
            }
            for (int y = 0; y < image.Height; y++)
            {
                sums.Clear();
                for (int k = 0; k < weights.Length; k++)
                {
                    int from = Math.Clamp(y + k - radius, 0, image.Height - 1);
                    Add(across.AsSpan(from * stride, stride), weights[k], sums);
                }
                Round(sums, image.Row(y));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(across);
            ArrayPool<byte>.Shared.Return(row);
            ArrayPool<float>.Shared.Return(rented);
        }
    }

    private static void FillWeights(Span<float> weights, double sigma)
    {
        int radius = weights.Length / 2;
        double sum = 0;
        for (int i = -radius; i <= radius; i++)
        {
            sum += Math.Exp(-0.5 * i * i / (sigma * sigma));
        }
        for (int i = -radius; i <= radius; i++)
        {
            weights[i + radius] = (float)(Math.Exp(-0.5 * i * i / (sigma * sigma)) / sum);
        }
    }

    private static void Extend(ReadOnlySpan<byte> row, Span<byte> padded, int radius)
    {
        row.CopyTo(padded[(4 * radius)..]);
        Span<uint> pixels = MemoryMarshal.Cast<byte, uint>(padded);
        pixels[..radius].Fill(pixels[radius]);
        pixels[^radius..].Fill(pixels[^(radius + 1)]);
    }

    private static void Add(ReadOnlySpan<byte> values, float weight, Span<float> sums)
    {
        ref byte from = ref MemoryMarshal.GetReference(values);
        ref float to = ref MemoryMarshal.GetReference(sums);
        Vector256<float> weights = Vector256.Create(weight);
        int i = 0;
        for (; i <= sums.Length - 16; i += 16)
        {
            Vector256<ushort> words = Vector256.Create(Vector128.WidenLower(Vector128.LoadUnsafe(ref from, (nuint)i)),
                Vector128.WidenUpper(Vector128.LoadUnsafe(ref from, (nuint)i)));
            (Vector256<uint> lower, Vector256<uint> upper) = Vector256.Widen(words);
            (Vector256.LoadUnsafe(ref to, (nuint)i) + weights * Vector256.ConvertToSingle(lower.AsInt32())).StoreUnsafe(ref to, (nuint)i);
            (Vector256.LoadUnsafe(ref to, (nuint)i + 8) + weights * Vector256.ConvertToSingle(upper.AsInt32())).StoreUnsafe(ref to, (nuint)i + 8);
        }
        for (; i < sums.Length; i++)
        {
            sums[i] += weight * values[i];
        }
    }

    private static void Round(ReadOnlySpan<float> sums, Span<byte> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (byte)Math.Min(sums[i] + 0.5f, 255);
        }
    }
}
