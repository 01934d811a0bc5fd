using System.Buffers;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using SegML.Colors;
using SegML.Images;
using SegML.Pipelines;

namespace SegML.Scoring;

/// <summary>
/// Turns an image into the network's input. Training and scoring both call it, so that a network is never given numbers
/// that it was not trained on.
/// </summary>
public static class InputTensor
{
    /// <summary>
    /// Converts an image to the input's colour space, or takes the input's bands, and normalises each channel: (value - mean) / std. Both layouts get
    /// exactly the same numbers, on every processor.
    /// </summary>
    /// <param name="image">The whole image, already at the network's size.</param>
    /// <param name="input">Colour space or bands, and normalisation.</param>
    /// <param name="destination">C * H * W values, the whole of it written; C is <see cref="InputOptions.ChannelCount"/>.</param>
    /// <param name="layout">The order of <paramref name="destination"/>.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has another length.</exception>
    /// <exception cref="ImageFormatException">The image has other channels than the input takes.</exception>
    public static void Fill(RasterImage image, InputOptions input, Span<float> destination, TensorLayout layout = TensorLayout.Nchw)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(input);
        RasterImage chosen = InputChannels.Of(image, input, "the image");
        Fill(chosen, ChannelStatistics.Of(chosen, input), input, destination, layout);
        if (!ReferenceEquals(chosen, image))
        {
            chosen.Dispose();
        }
    }

    /// <summary>Converts an image or a part of one.</summary>
    /// <param name="image">The part, in the input's channels.</param>
    /// <param name="whole">The figures of the whole image, where the input is normalised by them; else null.</param>
    /// <param name="input">Colour space or bands, and normalisation.</param>
    /// <param name="destination">C * H * W values, the whole of it written.</param>
    /// <param name="layout">The order of <paramref name="destination"/>.</param>
    internal static void Fill(RasterImage image, ChannelStatistics? whole, InputOptions input, Span<float> destination, TensorLayout layout = TensorLayout.Nchw)
    {
        int channels = input.ChannelCount, pixels = image.Width * image.Height;
        if (destination.Length != (long)channels * pixels)
        {
            throw new ArgumentException(
                $"an image of {image.Width}x{image.Height} fills {(long)channels * pixels} values, not {destination.Length}", nameof(destination));
        }
        // One multiplication and one addition a value, never fused: fused ones round differently and are not everywhere.
        Span<float> scale = stackalloc float[channels], offset = stackalloc float[channels];
        bool isBytes = image is RgbaImage && input.ColorSpace is ColorSpace.Rgb or ColorSpace.Bgr;
        for (int c = 0; c < channels; c++)
        {
            (scale[c], offset[c]) = whole is null ? Normalization(input.Mean[c], input.Std[c], isBytes) : Normalization(whole.Mean(c), whole.Std(c), isBytes);
        }
        if (isBytes)
        {
            ByteTensor.Fill(MemoryMarshal.Cast<byte, uint>(((RgbaImage)image).Pixels), scale, offset, input.ColorSpace == ColorSpace.Bgr, destination, layout);
            return;
        }
        float[] planes = ArrayPool<float>.Shared.Rent(layout == TensorLayout.Nchw ? 0 : channels * InputPlanes.Block);
        for (int i = 0; i < pixels; i += InputPlanes.Block)
        {
            int count = Math.Min(InputPlanes.Block, pixels - i);
            Span<float> to = layout == TensorLayout.Nchw ? destination[i..] : planes;
            int stride = layout == TensorLayout.Nchw ? pixels : InputPlanes.Block;
            InputPlanes.Convert(image, i, count, input, to, stride);
            for (int c = 0; c < channels; c++)
            {
                Normalize(to.Slice(c * stride, count), scale[c], offset[c]);
            }
            if (layout != TensorLayout.Nchw)
            {
                Interleave(planes, channels, destination.Slice(channels * i, channels * count));
            }
        }
        ArrayPool<float>.Shared.Return(planes);
    }

    /// <summary>What a channel's values are multiplied with, and what is added after that, where the input is normalised by fixed figures.</summary>
    /// <param name="input">Colour space, mean and standard deviation.</param>
    /// <param name="channel">The channel, from 0, in the network's order.</param>
    /// <returns>Scale and offset: of bytes for RGB and BGR, else of values in the space's units.</returns>
    public static (float Scale, float Offset) Normalization(InputOptions input, int channel)
    {
        ArgumentNullException.ThrowIfNull(input);
        return Normalization(input.Mean[channel], input.Std[channel], input.Bands is null && input.ColorSpace is ColorSpace.Rgb or ColorSpace.Bgr);
    }

    private static (float Scale, float Offset) Normalization(float mean, float std, bool isBytes) =>
        ((float)(1 / ((isBytes ? 255d : 1) * std)), (float)(-(double)mean / std));

    private static void Normalize(Span<float> plane, float scale, float offset)
    {
        ref float values = ref MemoryMarshal.GetReference(plane);
        int i = 0, step = Vector256<float>.Count;
        for (; i <= plane.Length - step; i += step)
        {
            (Vector256.LoadUnsafe(ref values, (nuint)i) * scale + Vector256.Create(offset)).StoreUnsafe(ref values, (nuint)i);
        }
        for (; i < plane.Length; i++)
        {
            plane[i] = plane[i] * scale + offset;
        }
    }

    private static void Interleave(ReadOnlySpan<float> planes, int channels, Span<float> pixels)
    {
        for (int c = 0; c < channels; c++)
        {
            ReadOnlySpan<float> plane = planes.Slice(c * InputPlanes.Block, pixels.Length / channels);
            for (int i = 0, o = c; i < plane.Length; i++, o += channels)
            {
                pixels[o] = plane[i];
            }
        }
    }
}
