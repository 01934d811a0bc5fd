using System.Text.Json.Serialization;

namespace SegML.Images;

/// <summary>How pixels are weighted when an image shrinks. Enlarging is linear interpolation between pixel centres with each of them.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ResizeFilter>))]
public enum ResizeFilter
{
    /// <summary>Each pixel by how much of it the new pixel covers: OpenCV's INTER_AREA. What SegML's own models are trained with.</summary>
    [JsonStringEnumMemberName("area")] Area,

    /// <summary>A triangle as wide as two new pixels: bilinear in Pillow, whose bytes it gives exactly, and in PyTorch with antialias; so in torchvision and Hugging Face.</summary>
    [JsonStringEnumMemberName("triangle")] Triangle,

    /// <summary>
    /// The two nearest pixels along each axis, the others left out: OpenCV's INTER_LINEAR, bilinear in PyTorch without antialias; in Ultralytics, Paddle and MMSegmentation.
    /// </summary>
    [JsonStringEnumMemberName("linear")] Linear,
}
