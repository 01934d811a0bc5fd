using System.Text.Json.Serialization;
using SegML.Colors;

namespace SegML.Pipelines;

/// <summary>Which mean and std an input has when none are given.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<InputNormalization>))]
public enum InputNormalization
{
    /// <summary>
    /// Values of about -2..2. RGB and BGR: ImageNet's means and standard deviations. Other spaces have no figures of that
    /// standing: the mean is the middle of each channel's range and the standard deviation a quarter of it (ImageNet's for
    /// RGB, 0.485 and 0.229 for red, are close to that), of bands 0.5 and 0.25. A data set's own figures serve it better.
    /// </summary>
    [JsonStringEnumMemberName("meanStd")] MeanStd,

    /// <summary>Values of 0..1: the lower end of each channel's range is the mean, the range's length the standard deviation.</summary>
    [JsonStringEnumMemberName("minMax")] MinMax,

    /// <summary>
    /// Each image by its own figures: the mean of all its pixels and channels is subtracted, and their standard deviation divides. For microscopes
    /// and scanners whose exposure differs from image to image. The figures are those of the whole image; mean and std are left out.
    /// </summary>
    [JsonStringEnumMemberName("zScore")] ZScoreImage,

    /// <summary>As zScore, each channel by its own mean and standard deviation, for channels that have nothing to do with each other: stains, bands.</summary>
    [JsonStringEnumMemberName("zScoreChannel")] ZScoreChannel,
}

/// <summary>The numbers behind <see cref="InputNormalization"/>.</summary>
internal static class NormalizationDefaults
{
    private static readonly float[] ImageNetMean = [0.485f, 0.456f, 0.406f], ImageNetStd = [0.229f, 0.224f, 0.225f];

    public static IReadOnlyList<float> Mean(ColorSpace space, int? bands, InputNormalization normalization) => (space, normalization) switch
    {
        (_, InputNormalization.ZScoreImage or InputNormalization.ZScoreChannel) => [.. Enumerable.Repeat(0f, bands ?? ColorChannel.Of(space).Count)],
        _ when bands is { } count => [.. Enumerable.Repeat(normalization == InputNormalization.MinMax ? 0 : 0.5f, count)],
        (_, InputNormalization.MinMax) => [.. ColorChannel.Of(space).Select(c => c.Min)],
        (ColorSpace.Rgb, _) => ImageNetMean,
        (ColorSpace.Bgr, _) => [.. ImageNetMean.Reverse()],
        _ => [.. ColorChannel.Of(space).Select(c => (c.Min + c.Max) / 2)],
    };

    public static IReadOnlyList<float> Std(ColorSpace space, int? bands, InputNormalization normalization) => (space, normalization) switch
    {
        (_, InputNormalization.ZScoreImage or InputNormalization.ZScoreChannel) => [.. Enumerable.Repeat(1f, bands ?? ColorChannel.Of(space).Count)],
        _ when bands is { } count => [.. Enumerable.Repeat(normalization == InputNormalization.MinMax ? 1 : 0.25f, count)],
        (_, InputNormalization.MinMax) => [.. ColorChannel.Of(space).Select(c => c.Max - c.Min)],
        (ColorSpace.Rgb, _) => ImageNetStd,
        (ColorSpace.Bgr, _) => [.. ImageNetStd.Reverse()],
        _ => [.. ColorChannel.Of(space).Select(c => (c.Max - c.Min) / 4)],
    };
}
