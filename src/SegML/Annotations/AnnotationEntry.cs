namespace SegML.Annotations;

/// <summary>One image of an annotation file.</summary>
/// <param name="Name">The image's name, as the file has it.</param>
/// <param name="Read">Reads what was drawn on it. Thread-safe.</param>
internal sealed record AnnotationEntry(string Name, Func<AnnotatedImage> Read);
