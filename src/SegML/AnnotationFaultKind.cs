namespace SegML;

/// <summary>Why an annotated object, or an image's annotations, cannot be drawn.</summary>
public enum AnnotationFaultKind
{
    /// <summary>Something is missing, of the wrong type, or contradicts itself.</summary>
    Malformed,

    /// <summary>It has no shape at all.</summary>
    Empty,

    /// <summary>An outline of fewer than 3 points.</summary>
    TooFewPoints,

    /// <summary>A bounding box, which does not say which pixels belong to the object.</summary>
    BoxOnly,

    /// <summary>Keypoints or a skeleton.</summary>
    Keypoints,

    /// <summary>A kind of shape that fills no pixels or is not supported, such as a cuboid.</summary>
    Unsupported,

    /// <summary>It belongs to an image that the file does not list.</summary>
    UnlistedImage,

    /// <summary>It belongs to a class that the file, or the pipeline, does not have.</summary>
    UnknownClass,

    /// <summary>A second set of annotations for one image.</summary>
    Repeated,
}

internal static class AnnotationFaultKinds
{
    /// <summary>What a table calls the kind.</summary>
    public static string Title(this AnnotationFaultKind kind) => kind switch
    {
        AnnotationFaultKind.Empty => "without a shape",
        AnnotationFaultKind.TooFewPoints => "outline of fewer than 3 points",
        AnnotationFaultKind.BoxOnly => "bounding box only",
        AnnotationFaultKind.Keypoints => "keypoints or skeleton",
        AnnotationFaultKind.Unsupported => "shape that is not supported",
        AnnotationFaultKind.UnlistedImage => "image is not in the file's list",
        AnnotationFaultKind.UnknownClass => "class that is not known",
        AnnotationFaultKind.Repeated => "second annotation of one image",
        _ => "damaged",
    };
}
