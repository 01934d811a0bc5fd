using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
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
    /// Normalises an image's channels: (byte / 255 - mean) / std. Both layouts get exactly the same numbers, on every
    /// processor.
    /// </summary>
    /// <param name="image">The image, already at the network's size.</param>
    /// <param name="input">Mean, standard deviation and channel order.</param>
    /// <param name="destination">3 * H * W values, the whole of it written.</param>
    /// <param name="layout">The order of <paramref name="destination"/>.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has another length.</exception>
    public static void Fill(RgbaImage image, InputOptions input, Span<float> destination, TensorLayout layout = TensorLayout.Nchw)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(input);
        int pixels = image.Width * image.Height;
        if (destination.Length != 3L * pixels)
        {
            throw new ArgumentException(
                $"an image of {image.Width}x{image.Height} fills {3L * pixels} values, not {destination.Length}", nameof(destination));
        }
        // One multiplication and one addition a value, never fused: fused ones round differently and are not everywhere.
        Span<float> scale = stackalloc float[3], offset = stackalloc float[3];
        for (int c = 0; c < 3; c++)
        {
            (scale[c], offset[c]) = Normalization(input, input.Channels == ChannelOrder.Bgr ? 2 - c : c);
        }
        ReadOnlySpan<uint> rgba = MemoryMarshal.Cast<byte, uint>(image.Pixels);
        if (layout == TensorLayout.Nhwc)
        {
            FillInterleaved(rgba, scale, offset, input.Channels == ChannelOrder.Bgr, destination);
            return;
        }
        for (int c = 0; c < 3; c++)
        {
            int plane = input.Channels == ChannelOrder.Bgr ? 2 - c : c;
            FillPlane(rgba, 8 * c, scale[c], offset[c], destination.Slice(plane * pixels, pixels));
        }
    }

    /// <summary>What a channel's bytes are multiplied with, and what is added after that.</summary>
    /// <param name="input">Mean and standard deviation.</param>
    /// <param name="channel">The channel, 0 to 2, in the network's order.</param>
    public static (float Scale, float Offset) Normalization(InputOptions input, int channel)
    {
        ArgumentNullException.ThrowIfNull(input);
        return ((float)(1 / (255.0 * input.Std[channel])), (float)(-(double)input.Mean[channel] / input.Std[channel]));
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
        int red = bgr ? 2 : 0;
        for (int i = 0, o = 0; i < rgba.Length; i++, o += 3)
        {
            uint pixel = rgba[i];
            Span<float> three = destination.Slice(o, 3);
            three[red] = table[(byte)pixel];
            three[1] = table[256 + (byte)(pixel >> 8)];
            three[2 - red] = table[512 + (byte)(pixel >> 16)];
        }
    }
}
