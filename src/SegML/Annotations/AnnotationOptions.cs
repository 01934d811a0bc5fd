namespace SegML.Annotations;

/// <summary>What annotation files may leave open.</summary>
public sealed record AnnotationOptions
{
    /// <summary>
    /// Thickness in pixels of lines, and of points drawn as discs, whose file does not tell, at least 1. Null: what the format's
    /// own tool takes, which is 10 for LabelMe (11 for its points) and 1 for all others. Default null.
    /// </summary>
    public double? LineThickness { get; init; }

    /// <summary>
    /// Where the images are, for formats that do not store an image's size (YOLO). Null: beside the file, or in the folder
    /// <c>images</c> where the file is in a folder <c>labels</c>. Default null.
    /// </summary>
    public string? ImageFolder { get; init; }
}
