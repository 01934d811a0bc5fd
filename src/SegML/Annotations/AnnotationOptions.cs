namespace SegML.Annotations;

/// <summary>What annotation files may leave open.</summary>
public sealed record AnnotationOptions
{
    /// <summary>
    /// Thickness in pixels of lines whose file does not tell, at least 1. Default 1, as Supervisely's own tools draw them.
    /// </summary>
    public double LineThickness { get; init; } = 1;
}
