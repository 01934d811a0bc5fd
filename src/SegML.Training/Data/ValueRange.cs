using SegML.Colors;
using SegML.Images;
using SegML.Pipelines;
using SegML.Scoring;

namespace SegML.Training.Data;

/// <summary>
/// What full scale is to an image of floats, so that augmentation of bytes, 0 to 255, means the same to it: two standard deviations either side of
/// the mean that it is normalised by, where those say that images use a part of 0 to 1 alone, as a microscope's of 12 bits in 16 do; else 0 to 1.
/// </summary>
internal readonly struct ValueRange
{
    // ImageNet's standard deviations are about a quarter of full scale.
    private const float Deviations = 4;

    // Above this share images use the whole scale.
    private const float Narrow = 0.5f;

    private readonly float[]? _middle, _length;

    private ValueRange(float[] middle, float[] length, bool isOwn) => (_middle, _length, IsOwn) = (middle, length, isOwn);

    /// <summary>The scale of one image that is normalised by its own figures.</summary>
    /// <param name="image">The whole image, of floats.</param>
    /// <param name="input">How it is normalised, whatever its colours become.</param>
    public static ValueRange Of(DeepImage image, InputOptions input)
    {
        ChannelStatistics own = ChannelStatistics.Of(image, input with { ColorSpace = ColorSpace.Rgb })!;
        return new ValueRange([.. Enumerable.Range(0, image.Channels).Select(own.Mean)], [.. Enumerable.Range(0, image.Channels).Select(c => Deviations * own.Std(c))], isOwn: true);
    }

    /// <summary>The scale of images that are normalised by fixed figures.</summary>
    public static ValueRange Of(InputOptions input)
    {
        int[]? channels = input switch
        {
            { Normalization: not InputNormalization.MeanStd } => null,
            { Bands: { } bands } => [.. Enumerable.Range(0, bands.Count)],
            { ColorSpace: ColorSpace.Rgb } => [0, 1, 2],
            { ColorSpace: ColorSpace.Bgr } => [2, 1, 0],
            { ColorSpace: ColorSpace.Gray601 or ColorSpace.Gray709 } => [0, 0, 0],
            _ => null,
        };
        return channels is null || channels.Any(c => Deviations * input.Std[c] > Narrow) ? default
            : new ValueRange([.. channels.Select(c => input.Mean[c])], [.. channels.Select(c => Deviations * input.Std[c])], isOwn: false);
    }

    /// <summary>Whether the scale is one image's own.</summary>
    public bool IsOwn { get; }

    /// <summary>A channel's value in the middle of the scale.</summary>
    public float Middle(int channel) => _middle?[channel] ?? 0.5f;

    /// <summary>From the scale's lower end to its upper one.</summary>
    public float Length(int channel) => _length?[channel] ?? 1;

    /// <summary>A value as a level of bytes.</summary>
    public float ToLevel(float value, int channel) => (value - Middle(channel)) / Length(channel) * 255 + 127.5f;

    /// <summary>A level of bytes as a value.</summary>
    public float ToValue(float level, int channel) => (level - 127.5f) / 255 * Length(channel) + Middle(channel);
}
