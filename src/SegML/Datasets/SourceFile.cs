using SegML.Annotations;

namespace SegML.Datasets;

/// <summary>An image or mask file, and what pairs it: an image and a mask with one key belong together.</summary>
/// <param name="Path">The file.</param>
/// <param name="Key">Customarily its name without extension.</param>
internal readonly record struct SourceFile(string Path, string Key)
{
    /// <summary>Reads what was drawn on the image whose path it is given; null: the file is an image or a mask.</summary>
    public Func<string, AnnotatedImage>? Annotation { get; init; }

    /// <summary>The image that a part of a file of many is about; null: the whole file.</summary>
    public string? Part { get; init; }

    /// <summary>What it is called in messages.</summary>
    public string Name => Part is null ? Path : $"{Path} ({Part})";
}
