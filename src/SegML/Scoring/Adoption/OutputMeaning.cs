using System.Text.Json.Serialization;

namespace SegML.Scoring.Adoption;

/// <summary>What the numbers mean that a model gives for each pixel.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<OutputMeaning>))]
public enum OutputMeaning
{
    /// <summary>A channel for each class, before the softmax: a pixel's class is its greatest channel.</summary>
    [JsonStringEnumMemberName("logits")] Logits,

    /// <summary>A channel for each class, after the softmax: 0 to 1, with the sum 1.</summary>
    [JsonStringEnumMemberName("probabilities")] Probabilities,

    /// <summary>
    /// Channels before a sigmoid each. One channel is a foreground against a background; several are classes that overlap, at most
    /// <see cref="SegML.Masks.ClassSet.MostOverlapping"/>.
    /// </summary>
    [JsonStringEnumMemberName("sigmoidLogits")] SigmoidLogits,

    /// <summary>As <see cref="SigmoidLogits"/>, after the sigmoid: 0 to 1. Mattes (alpha) are such a channel.</summary>
    [JsonStringEnumMemberName("sigmoid")] Sigmoid,

    /// <summary>The class's number itself, of any integer type, or whole numbers as floats.</summary>
    [JsonStringEnumMemberName("classIndex")] ClassIndex,

    /// <summary>
    /// One channel whose least and greatest value in each image count as 0 and 1, as U2-Net's demos do: a foreground against a background.
    /// </summary>
    [JsonStringEnumMemberName("saliency")] Saliency,
}
