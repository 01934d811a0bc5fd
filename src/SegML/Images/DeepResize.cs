using System.Buffers;
using System.Numerics.Tensors;

namespace SegML.Images;

/// <summary>Resizes images of floats with the weights that images of bytes are resized with. Nothing is rounded.</summary>
internal static class DeepResize
{
    /// <summary>Resizes into a new image.</summary>
    public static DeepImage Resize(DeepImage source, int width, int height, ResizeFilter filter = ResizeFilter.Area)
    {
        var destination = new DeepImage(width, height, source.Channels);
        if (source.Width == width && source.Height == height)
        {
            source.Values.CopyTo(destination.Values);
            return destination;
        }
        using var columns = new ResampleAxis(source.Width, width, filter);
        using var rows = new ResampleAxis(source.Height, height, filter);
        int length = source.Width * source.Channels;
        float[] rented = ArrayPool<float>.Shared.Rent(length);
        Span<float> row = rented.AsSpan(0, length);
        for (int y = 0; y < height; y++)
        {
            ReadOnlySpan<float> weights = rows.Weights(y, out int first);
            TensorPrimitives.Multiply(source.Row(first), weights[0], row);
            for (int k = 1; k < weights.Length; k++)
            {
                TensorPrimitives.MultiplyAdd(source.Row(first + k), weights[k], row, row);
            }
            Across(row, columns, destination.Row(y), source.Channels);
        }
        ArrayPool<float>.Shared.Return(rented);
        return destination;
    }

    private static void Across(ReadOnlySpan<float> row, in ResampleAxis columns, Span<float> destination, int channels)
    {
        for (int x = 0; x < destination.Length / channels; x++)
        {
            ReadOnlySpan<float> weights = columns.Weights(x, out int first);
            Span<float> pixel = destination.Slice(x * channels, channels);
            for (int c = 0; c < channels; c++)
            {
                float sum = 0;
                for (int k = 0; k < weights.Length; k++)
                {
                    sum += row[(first + k) * channels + c] * weights[k];
                }
                pixel[c] = sum;
            }
        }
    }
}
