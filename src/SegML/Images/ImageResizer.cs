using System.Buffers;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SegML.Images;

/// <summary>
/// Resizes images: area filter along an axis that shrinks, linear interpolation between pixel centres (half-pixel, as in
/// ONNX and PyTorch with align_corners false) along one that grows. Each channel on its own, alpha like a colour; bytes are within one level of
/// the exact value, floats are not rounded. Thread-safe.
/// </summary>
public static class ImageResizer
{
    /// <summary>Resizes into a new image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="width">New width in pixels, at least 1.</param>
    /// <param name="height">New height in pixels, at least 1.</param>
    /// <returns>A new image, also where the size stays. Dispose it to give its memory back.</returns>
    public static RgbaImage Resize(RgbaImage image, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(image);
        var result = new RgbaImage(width, height);
        Resize(image, result);
        return result;
    }

    /// <summary>Resizes into a new image of the same kind.</summary>
    /// <inheritdoc cref="Resize(RgbaImage, int, int)"/>
    public static RasterImage Resize(RasterImage image, int width, int height) => Resize(image, width, height, ResizeFilter.Area);

    /// <summary>Resizes into a new image of the same kind.</summary>
    /// <param name="image">The image.</param>
    /// <param name="width">New width in pixels, at least 1.</param>
    /// <param name="height">New height in pixels, at least 1.</param>
    /// <param name="filter">How pixels are weighted where the image shrinks.</param>
    public static RasterImage Resize(RasterImage image, int width, int height, ResizeFilter filter)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image is DeepImage deep)
        {
            return DeepResize.Resize(deep, width, height, filter);
        }
        var result = new RgbaImage(width, height);
        Resize((RgbaImage)image, result, filter);
        return result;
    }

    /// <summary>Resizes into an image that there is already, to that image's size.</summary>
    /// <param name="source">The image.</param>
    /// <param name="destination">Where to; every pixel is overwritten. Not the source itself.</param>
    public static void Resize(RgbaImage source, RgbaImage destination) => Resize(source, destination, ResizeFilter.Area);

    internal static void Resize(RgbaImage source, RgbaImage destination, ResizeFilter filter)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(destination);
        if (ReferenceEquals(source, destination))
        {
            throw new ArgumentException("an image cannot be resized into itself", nameof(destination));
        }
        if (source.Width == destination.Width && source.Height == destination.Height)
        {
            source.Pixels.CopyTo(destination.Pixels);
            return;
        }
        if (filter == ResizeFilter.Triangle)
        {
            PillowResize.Run(source, destination);
            return;
        }
        using var columns = new ResampleAxis(source.Width, destination.Width, filter);
        using var rows = new ResampleAxis(source.Height, destination.Height, filter);
        int rowLength = source.Width * 4;
        float[] rented = ArrayPool<float>.Shared.Rent(rowLength);
        try
        {
            Span<float> row = rented.AsSpan(0, rowLength);
            for (int y = 0; y < destination.Height; y++)
            {
                Blend(source, rows.Weights(y, out int first), first, row);
                Shrink(row, columns, destination.Row(y));
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(rented);
        }
    }

    // The vertical pass: one destination row's worth of source rows, weighted and summed.
    private static void Blend(RgbaImage source, ReadOnlySpan<float> weights, int first, Span<float> sum)
    {
        Weigh(source.Row(first), weights[0], sum, add: false);
        for (int k = 1; k < weights.Length; k++)
        {
            Weigh(source.Row(first + k), weights[k], sum, add: true);
        }
    }

    private static void Weigh(ReadOnlySpan<byte> row, float weight, Span<float> sum, bool add)
    {
        int i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            ref byte from = ref MemoryMarshal.GetReference(row);
            ref float to = ref MemoryMarshal.GetReference(sum);
            Vector256<float> factor = Vector256.Create(weight);
            for (; i <= row.Length - 16; i += 16)
            {
                (Vector128<ushort> low, Vector128<ushort> high) = Vector128.Widen(Vector128.LoadUnsafe(ref from, (nuint)i));
                Vector256<float> a = Vector256.ConvertToSingle(Widen(low)) * factor;
                Vector256<float> b = Vector256.ConvertToSingle(Widen(high)) * factor;
                if (add)
                {
                    a += Vector256.LoadUnsafe(ref to, (nuint)i);
                    b += Vector256.LoadUnsafe(ref to, (nuint)i + 8);
                }
                a.StoreUnsafe(ref to, (nuint)i);
                b.StoreUnsafe(ref to, (nuint)i + 8);
            }
        }
        for (; i < row.Length; i++)
        {
            sum[i] = row[i] * weight + (add ? sum[i] : 0);
        }
    }

    private static Vector256<int> Widen(Vector128<ushort> v) => Vector256.WidenLower(v.ToVector256()).AsInt32();

    // The horizontal pass: a pixel's four channels are one vector.
    private static void Shrink(ReadOnlySpan<float> row, in ResampleAxis columns, Span<byte> destination)
    {
        ref float from = ref MemoryMarshal.GetReference(row);
        Span<uint> pixels = MemoryMarshal.Cast<byte, uint>(destination);
        for (int x = 0; x < pixels.Length; x++)
        {
            ReadOnlySpan<float> weights = columns.Weights(x, out int first);
            Vector128<float> sum = Vector128.Create(0.5f);
            for (int k = 0; k < weights.Length; k++)
            {
                sum += Vector128.LoadUnsafe(ref from, (nuint)((first + k) * 4)) * weights[k];
            }
            Vector128<int> levels = Vector128.ConvertToInt32(sum);
            pixels[x] = Vector128.Narrow(Vector128.Narrow(levels, levels).AsUInt16(), Vector128<ushort>.Zero).AsUInt32()[0];
        }
    }
}
