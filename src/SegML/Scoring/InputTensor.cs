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
    // Pixels whose planes stay in the processor's nearest cache between conversion and normalisation.
    private const int Block = 512;

    /// <summary>
    /// Converts an image to the input's colour space and normalises each channel: (value - mean) / std. Both layouts get exactly
    /// the same numbers, on every processor.
    /// </summary>
    /// <param name="image">The image, already at the network's size.</param>
    /// <param name="input">Colour space, mean and standard deviation.</param>
    /// <param name="destination">C * H * W values, the whole of it written; C is <see cref="InputOptions.ChannelCount"/>.</param>
    /// <param name="layout">The order of <paramref name="destination"/>.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has another length.</exception>
    public static void Fill(RgbaImage image, InputOptions input, Span<float> destination, TensorLayout layout = TensorLayout.Nchw)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(input);
        int channels = input.ChannelCount, pixels = image.Width * image.Height;
        if (destination.Length != (long)channels * pixels)
        {
            throw new ArgumentException(
                $"an image of {image.Width}x{image.Height} fills {(long)channels * pixels} values, not {destination.Length}", nameof(destination));
        }
        // One multiplication and one addition a value, never fused: fused ones round differently and are not everywhere.
        Span<float> scale = stackalloc float[channels], offset = stackalloc float[channels];
        for (int c = 0; c < channels; c++)
        {
            (scale[c], offset[c]) = Normalization(input, c);
        }
        ReadOnlySpan<uint> rgba = MemoryMarshal.Cast<byte, uint>(image.Pixels);
        if (input.ColorSpace is ColorSpace.Rgb or ColorSpace.Bgr)
        {
            ByteTensor.Fill(rgba, scale, offset, input.ColorSpace == ColorSpace.Bgr, destination, layout);
            return;
        }
        Span<float> planes = stackalloc float[channels * Block];
        for (int i = 0; i < pixels; i += Block)
        {
            ReadOnlySpan<uint> some = rgba.Slice(i, Math.Min(Block, pixels - i));
            if (layout == TensorLayout.Nchw)
            {
                Convert(some, input.ColorSpace, scale, offset, destination[i..], pixels);
            }
            else
            {
                Convert(some, input.ColorSpace, scale, offset, planes, Block);
                Interleave(planes, channels, destination.Slice(channels * i, channels * some.Length));
            }
        }
    }

    /// <summary>What a channel's values are multiplied with, and what is added after that.</summary>
    /// <param name="input">Colour space, mean and standard deviation.</param>
    /// <param name="channel">The channel, from 0, in the network's order.</param>
    /// <returns>Scale and offset: of bytes for RGB and BGR, else of values in the space's units.</returns>
    public static (float Scale, float Offset) Normalization(InputOptions input, int channel)
    {
        ArgumentNullException.ThrowIfNull(input);
        double unit = input.ColorSpace is ColorSpace.Rgb or ColorSpace.Bgr ? 255 : 1;
        return ((float)(1 / (unit * input.Std[channel])), (float)(-(double)input.Mean[channel] / input.Std[channel]));
    }

    private static void Convert(
        ReadOnlySpan<uint> rgba, ColorSpace space, ReadOnlySpan<float> scale, ReadOnlySpan<float> offset, Span<float> planes, int stride)
    {
        ColorConverter.ToPlanes(rgba, space, planes, stride);
        for (int c = 0; c < scale.Length; c++)
        {
            Normalize(planes.Slice(c * stride, rgba.Length), scale[c], offset[c]);
        }
    }

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
            ReadOnlySpan<float> plane = planes.Slice(c * Block, pixels.Length / channels);
            for (int i = 0, o = c; i < plane.Length; i++, o += channels)
            {
                pixels[o] = plane[i];
            }
        }
    }
}
