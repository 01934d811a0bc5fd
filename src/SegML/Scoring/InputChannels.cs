using SegML.Images;
using SegML.Pipelines;

namespace SegML.Scoring;

/// <summary>
/// Takes from an image the channels that the network's input is made of: the bands that the input names, or red, green and blue. What comes of a
/// <see cref="DeepImage"/> has exactly these; an <see cref="RgbaImage"/> stays what it is where no bands are named.
/// </summary>
internal static class InputChannels
{
    /// <summary>The image itself where it is right as it is; else a new one.</summary>
    /// <exception cref="ImageFormatException">It lacks a band that the input names, or has more than four channels and the input names none.</exception>
    public static RasterImage Of(RasterImage image, InputOptions input, string name)
    {
        if (image is RgbaImage rgba)
        {
            return input.Bands is { } bands ? Bands(rgba, bands, name) : rgba;
        }
        var deep = (DeepImage)image;
        return Chosen(deep.Channels, input.Bands, name) is { } chosen ? Take(deep, chosen) : deep;
    }

    /// <summary>An image's rows, in the channels of the input. The image goes with them.</summary>
    /// <inheritdoc cref="Of" path="/exception"/>
    public static ImageRows Rows(RasterImage image, InputOptions input, string name)
    {
        RasterImage chosen;
        try
        {
            chosen = Of(image, input, name);
        }
        catch
        {
            image.Dispose();
            throw;
        }
        if (!ReferenceEquals(chosen, image))
        {
            image.Dispose();
        }
        return ImageRows.Take(chosen, name);
    }

    // Null: the channels as they are.
    private static IReadOnlyList<int>? Chosen(int channels, IReadOnlyList<int>? bands, string name)
    {
        if (bands is not null)
        {
            Check(channels, bands, name);
            return bands.SequenceEqual(Enumerable.Range(0, channels)) ? null : bands;
        }
        return channels switch
        {
            1 or 2 => [0, 0, 0],
            3 => null,
            4 => [0, 1, 2],
            _ => throw new ImageFormatException(name, $"has {channels} channels, and the input does not say which the network takes",
                "name them in the pipeline file: \"input\": { \"bands\": [0, 1, 2] }, counted from 0"),
        };
    }

    private static void Check(int channels, IReadOnlyList<int> bands, string name)
    {
        if (bands.Max() is var most && most >= channels)
        {
            throw new ImageFormatException(name, $"has {channels} channels, and the input takes band {most}, counted from 0",
                "give an image with that band, or correct input.bands");
        }
    }

    private static DeepImage Take(DeepImage image, IReadOnlyList<int> channels)
    {
        var taken = new DeepImage(image.Width, image.Height, channels.Count);
        ReadOnlySpan<float> from = image.Values;
        Span<float> to = taken.Values;
        for (int c = 0; c < channels.Count; c++)
        {
            for (int i = channels[c], o = c; o < to.Length; i += image.Channels, o += channels.Count)
            {
                to[o] = from[i];
            }
        }
        return taken;
    }

    private static DeepImage Bands(RgbaImage image, IReadOnlyList<int> bands, string name)
    {
        Check(4, bands, name);
        var taken = new DeepImage(image.Width, image.Height, bands.Count);
        ReadOnlySpan<byte> from = image.Pixels;
        Span<float> to = taken.Values;
        for (int c = 0; c < bands.Count; c++)
        {
            for (int i = bands[c], o = c; o < to.Length; i += 4, o += bands.Count)
            {
                to[o] = from[i] / 255f;
            }
        }
        return taken;
    }
}
