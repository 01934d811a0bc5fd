using System.Text.Json.Serialization;

namespace SegML.Annotations;

/// <summary>What annotation files leave open: how they are read and how masks are drawn from them.</summary>
public sealed record AnnotationOptions
{
    /// <summary>The value of <see cref="Unlabelled"/> that stands for the ignore index.</summary>
    public const string Ignored = "ignore";

    /// <summary>
    /// Thickness in pixels, at least 1, of lines and points for which the file gives none. Null: what the format's own tool draws,
    /// which is 10 for LabelMe (11 for its points) and 1 for all others. Default null.
    /// </summary>
    public double? LineThickness { get; init; }

    /// <summary>
    /// The folder of the images, for formats that do not store an image's size (YOLO, VIA). Null: the folder of the file, or the
    /// folder <c>images</c> where the file is in a folder <c>labels</c>. Default null.
    /// </summary>
    public string? ImageFolder { get; init; }

    /// <summary>
    /// What pixels are that nobody annotated: "ignore", or a class's name. Null: the class called "background" or mapped from it, and
    /// ignored where there is none. Default null.
    /// </summary>
    public string? Unlabelled { get; init; }

    /// <summary>Which of two overlapping shapes is seen. Default: the one drawn later.</summary>
    public ShapeOverlap Overlap { get; init; } = ShapeOverlap.Order;

    /// <summary>What happens to objects that take no pixels: boxes, keypoints, empty or damaged outlines. Default: an error.</summary>
    public UnusablePolicy OnUnusable { get; init; } = UnusablePolicy.Error;

    /// <summary>How the tool showed photos whose EXIF tag says that they are to be turned. Default: upright.</summary>
    public AnnotatedView View { get; init; } = AnnotatedView.Upright;
}

/// <summary>Which of two overlapping shapes is seen.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ShapeOverlap>))]
public enum ShapeOverlap
{
    /// <summary>The one that comes later in the format's own drawing order.</summary>
    [JsonStringEnumMemberName("order")] Order,

    /// <summary>The one with the smaller area.</summary>
    [JsonStringEnumMemberName("smallestOnTop")] SmallestOnTop,
}

/// <summary>What happens to an annotated object, or an image, that cannot be used.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<UnusablePolicy>))]
public enum UnusablePolicy
{
    /// <summary>Its image is an error; other images are not affected.</summary>
    [JsonStringEnumMemberName("error")] Error,

    /// <summary>It is left out and counted.</summary>
    [JsonStringEnumMemberName("skip")] Skip,
}

/// <summary>How an annotation tool showed photos that are stored turned.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AnnotatedView>))]
public enum AnnotatedView
{
    /// <summary>Turned upright as their EXIF tag says.</summary>
    [JsonStringEnumMemberName("upright")] Upright,

    /// <summary>As they are stored.</summary>
    [JsonStringEnumMemberName("stored")] Stored,
}
