using System.Text.Json.Serialization;

namespace SegML.Labelling;

/// <summary>Which images are worth labelling.</summary>
public sealed record SuggestionOptions
{
    /// <summary>How many images are suggested at most; at least 1. Default 50.</summary>
    public int Count { get; init; } = 50;

    /// <summary>What an image is ranked by. Default <see cref="InformationMeasure.Entropy"/>.</summary>
    public InformationMeasure Measure { get; init; } = InformationMeasure.Entropy;

    /// <summary>
    /// How much an image that looks like one that is suggested already falls behind, 0 (not at all: the plain ranking) to 1 (a copy comes last, whatever
    /// the model thinks of it). Default 1.
    /// </summary>
    public double Diversity { get; init; } = 1;

    /// <summary>The longer side at which images are looked at, in pixels, at least 16: what is ranked are means over an image. Default 640.</summary>
    public int Size { get; init; } = 640;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Count, 1, "options");
        ArgumentOutOfRangeException.ThrowIfLessThan(Size, 16, "options");
        if (Diversity is not (>= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException("options", Diversity, "the diversity is 0 to 1");
        }
    }
}

/// <summary>What a model does not know of an image, as a mean over its pixels, 0 to 1 (Settles, "Active Learning Literature Survey", 2009).</summary>
[JsonConverter(typeof(JsonStringEnumConverter<InformationMeasure>))]
public enum InformationMeasure
{
    /// <summary>The entropy of the probabilities, as a share of the greatest there can be.</summary>
    [JsonStringEnumMemberName("entropy")] Entropy,

    /// <summary>How close the second class comes to the first: 1 less the difference of their probabilities.</summary>
    [JsonStringEnumMemberName("margin")] Margin,

    /// <summary>The share of pixels that the model calls another class when it sees the image as its mirror image. Takes two runs an image.</summary>
    [JsonStringEnumMemberName("disagreement")] Disagreement,
}
