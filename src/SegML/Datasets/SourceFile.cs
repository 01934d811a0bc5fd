using SegML.Annotations;

namespace SegML.Datasets;

/// <summary>An image or mask file, and what pairs it: an image and a mask with one key belong together.</summary>
/// <param name="Path">The file.</param>
/// <param name="Key">Usually its path below its folder, without extension.</param>
internal readonly record struct SourceFile(string Path, string Key)
{
    /// <summary>Reads what was drawn on the image whose path it is given; null: the file is an image or a mask.</summary>
    public Func<string, AnnotatedImage>? Annotation { get; init; }

    /// <summary>The image that a part of a file of many is about; null: the whole file.</summary>
    public string? Part { get; init; }

    /// <summary>Other keys that its image may have.</summary>
    public IReadOnlyList<string>? OtherKeys { get; init; }

    /// <summary>Whether nothing was drawn on the image, as far as is known.</summary>
    public bool IsBare { get; init; }

    /// <summary>What it is called in messages.</summary>
    public string Name => Part is null ? Path : $"{Path} ({Part})";
}
