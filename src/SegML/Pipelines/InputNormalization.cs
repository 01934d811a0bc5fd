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
    /// RGB, 0.485 and 0.229 for red, are close to that). A data set's own figures serve it better.
    /// </summary>
    [JsonStringEnumMemberName("meanStd")] MeanStd,

    /// <summary>Values of 0..1: the lower end of each channel's range is the mean, the range's length the standard deviation.</summary>
    [JsonStringEnumMemberName("minMax")] MinMax,
}

/// <summary>The numbers behind <see cref="InputNormalization"/>.</summary>
internal static class NormalizationDefaults
{
    private static readonly float[] ImageNetMean = [0.485f, 0.456f, 0.406f], ImageNetStd = [0.229f, 0.224f, 0.225f];

    public static IReadOnlyList<float> Mean(ColorSpace space, InputNormalization normalization) => (space, normalization) switch
    {
        (_, InputNormalization.MinMax) => [.. ColorChannel.Of(space).Select(c => c.Min)],
        (ColorSpace.Rgb, _) => ImageNetMean,
        (ColorSpace.Bgr, _) => [.. ImageNetMean.Reverse()],
        _ => [.. ColorChannel.Of(space).Select(c => (c.Min + c.Max) / 2)],
    };

    public static IReadOnlyList<float> Std(ColorSpace space, InputNormalization normalization) => (space, normalization) switch
    {
        (_, InputNormalization.MinMax) => [.. ColorChannel.Of(space).Select(c => c.Max - c.Min)],
        (ColorSpace.Rgb, _) => ImageNetStd,
        (ColorSpace.Bgr, _) => [.. ImageNetStd.Reverse()],
        _ => [.. ColorChannel.Of(space).Select(c => (c.Max - c.Min) / 4)],
    };
}
