using System.Runtime.InteropServices;
using SegML.Colors;
using SegML.Colors.Kernels;
using SegML.Images;
using SegML.Pipelines;

namespace SegML.Scoring;

/// <summary>The channels of the network's input as planes of floats in their units, before they are normalised.</summary>
internal static class InputPlanes
{
    /// <summary>Pixels whose planes stay in the processor's nearest cache between conversion and normalisation.</summary>
    public const int Block = 512;

    /// <summary>Converts some pixels.</summary>
    /// <param name="image">The image, in the input's channels (<see cref="InputChannels"/>).</param>
    /// <param name="start">The first pixel, counted row by row.</param>
    /// <param name="count">How many, at most <see cref="Block"/>.</param>
    /// <param name="input">Bands or colour space.</param>
    /// <param name="planes">Receives the first plane from its start, the second from <paramref name="stride"/> on, and so forth.</param>
    /// <param name="stride">From a plane's start to the next one's; at least <paramref name="count"/>.</param>
    public static void Convert(RasterImage image, int start, int count, InputOptions input, Span<float> planes, int stride)
    {
        ColorLoop space = ColorLoop.Of(input.ColorSpace);
        if (image is RgbaImage rgba)
        {
            space.ToPlanes(MemoryMarshal.Cast<byte, uint>(rgba.Pixels).Slice(start, count), planes, stride);
            return;
        }
        var deep = (DeepImage)image;
        ReadOnlySpan<float> pixels = deep.Values.Slice(start * deep.Channels, count * deep.Channels);
        if (input.Bands is not null || input.ColorSpace is ColorSpace.Rgb or ColorSpace.Bgr)
        {
            // Nothing is computed, so that nothing is rounded.
            Separate(pixels, deep.Channels, planes, stride, reverse: input.Bands is null && input.ColorSpace == ColorSpace.Bgr);
            return;
        }
        Span<float> rgb = stackalloc float[3 * Block];
        Separate(pixels, 3, rgb, Block, reverse: false);
        space.ToPlanes(rgb, Block, count, planes, stride);
    }

    private static void Separate(ReadOnlySpan<float> pixels, int channels, Span<float> planes, int stride, bool reverse)
    {
        for (int c = 0; c < channels; c++)
        {
            Span<float> plane = planes.Slice(c * stride, pixels.Length / channels);
            for (int i = reverse ? channels - 1 - c : c, o = 0; o < plane.Length; i += channels, o++)
            {
                plane[o] = pixels[i];
            }
        }
    }
}
