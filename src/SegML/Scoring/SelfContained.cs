using System.Text.Json.Serialization;

namespace SegML.Scoring;

/// <summary>
/// What goes into a model that has its pre- and post-processing inside, and needs no SegML to run: input "image" uint8, RGB; output
/// "mask" uint8 [N, H, W], the class ids, of the image's size.
/// </summary>
public sealed record SelfContained
{
    /// <summary>The order of the image's bytes. Default <see cref="PixelLayout.Interleaved"/>.</summary>
    public PixelLayout Layout { get; init; } = PixelLayout.Interleaved;

    /// <summary>The only width that is accepted, in pixels. Null, the default: any. Given together with <see cref="Height"/>.</summary>
    public int? Width { get; init; }

    /// <summary>The only height that is accepted, in pixels. Null, the default: any.</summary>
    public int? Height { get; init; }
}

/// <summary>The order of an image's bytes.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PixelLayout>))]
public enum PixelLayout
{
    /// <summary>[N, H, W, 3]: red, green, blue of each pixel; ML.NET's ExtractPixels with interleavePixelColors.</summary>
    [JsonStringEnumMemberName("interleaved")] Interleaved,

    /// <summary>[N, 3, H, W]: a plane for each colour; what ML.NET's ExtractPixels gives by default.</summary>
    [JsonStringEnumMemberName("planar")] Planar,
}
