using SegML.Colors;
using SegML.Images;
using SegML.Pipelines;
using SegML.Scoring;

namespace SegML.Training.Data;

/// <summary>
/// What full scale is to an image of floats, so that augmentation of bytes, 0 to 255, means the same to it: 0 to 1; or, where each image is
/// normalised by its own figures, two standard deviations either side of its mean, so that a microscope's dark images are not drowned.
/// </summary>
internal readonly struct ValueRange
{
    // ImageNet's standard deviations are about a quarter of full scale.
    private const float Deviations = 4;

    private readonly ChannelStatistics? _whole;

    private ValueRange(ChannelStatistics? whole) => _whole = whole;

    /// <summary>The scale of an image.</summary>
    /// <param name="image">The whole image, of floats.</param>
    /// <param name="input">How it is normalised, whatever its colours become.</param>
    public static ValueRange Of(RasterImage image, InputOptions input) => new(ChannelStatistics.Of(image, input with { ColorSpace = ColorSpace.Rgb }));

    /// <summary>Whether the scale is the image's own.</summary>
    public bool IsOwn => _whole is not null;

    /// <summary>A channel's value in the middle of the scale.</summary>
    public float Middle(int channel) => _whole?.Mean(channel) ?? 0.5f;

    /// <summary>From the scale's lower end to its upper one.</summary>
    public float Length(int channel) => Deviations * _whole?.Std(channel) ?? 1;

    /// <summary>A value as a level of bytes.</summary>
    public float ToLevel(float value, int channel) => (value - Middle(channel)) / Length(channel) * 255 + 127.5f;

    /// <summary>A level of bytes as a value.</summary>
    public float ToValue(float level, int channel) => (level - 127.5f) / 255 * Length(channel) + Middle(channel);
}
