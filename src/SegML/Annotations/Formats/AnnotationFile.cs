namespace SegML.Annotations.Formats;

/// <summary>An annotation file: its format, which its content tells, and its images, each read when it is wanted.</summary>
public sealed class AnnotationFile
{
    private AnnotationFile(string path, AnnotationFormat format, AnnotationIndex index)
    {
        (Path, Format) = (path, format);
        Images = [.. Named(index.Images).Select(entry => entry with { Read = image => Read(entry, image, path) })];
        Classes = index.Classes;
        Faults = index.Faults;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What it is.</summary>
    public AnnotationFormat Format { get; }

    /// <summary>Its images, in its order. One that cannot be read throws when it is read, and costs no other.</summary>
    public IReadOnlyList<AnnotationEntry> Images { get; }

    /// <summary>The classes that it declares, used or not; empty where its format declares none.</summary>
    public IReadOnlyList<AnnotationClass> Classes { get; }

    /// <summary>What it holds that belongs to no image: an exception for each kind and how often it occurs.</summary>
    public IReadOnlyList<(AnnotationFormatException First, int Count)> Faults { get; }

    /// <summary>Opens a file, recognises it and lists its images.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What the file leaves open; null: the defaults.</param>
    /// <exception cref="AnnotationFormatException">The file is missing, empty, unreadable, truncated, or of no format that is read.</exception>
    public static AnnotationFile Open(string path, AnnotationOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Boundary.Annotation.Cross(path, () =>
        {
            using AnnotationContent content = AnnotationContent.Open(path);
            return JsonText.Unicode(path, () =>
            {
                AnnotationFormat format = AnnotationFormats.Of(content);
                return new AnnotationFile(path, format, format.Index(content, options ?? new AnnotationOptions()));
            });
        });
    }

    /// <summary>Reads a file that annotates one image.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What the file leaves open; null: the defaults.</param>
    /// <returns>The shapes, and apart from them the objects that cannot be used.</returns>
    /// <exception cref="AnnotationFormatException">As for <see cref="Open"/>, or the file annotates no image or several.</exception>
    public static AnnotatedImage Read(string path, AnnotationOptions? options = null) => Open(path, options).Single().Read(null);

    /// <summary>Reads all images of a file one after the other, up to the first that cannot be read; <see cref="Open"/> passes over that.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What the file leaves open; null: the defaults.</param>
    /// <exception cref="AnnotationFormatException">As for <see cref="Open"/>, or an image cannot be read; thrown while the images are enumerated.</exception>
    public static IEnumerable<AnnotatedImage> ReadAll(string path, AnnotationOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        foreach (AnnotationEntry entry in Open(path, options).Images)
        {
            yield return entry.Read(null);
        }
    }

    /// <summary>The only image.</summary>
    /// <exception cref="AnnotationFormatException">There is none, or there are several.</exception>
    internal AnnotationEntry Single() => Images.Count switch
    {
        1 => Images[0],
        0 => throw new AnnotationFormatException(Path, "annotates no image", "export it again"),
        _ => throw new AnnotationFormatException(Path, "annotates several images", "open it with AnnotationFile.Open"),
    };

    private static AnnotatedImage Read(AnnotationEntry entry, string? image, string path) =>
        Boundary.Annotation.Cross(path, () => JsonText.Unicode(path, () => entry.Read(image).Sorted()));

    /// <summary>Images of one name get a folder: their subset, or where that does not help their id.</summary>
    private static IEnumerable<AnnotationEntry> Named(IReadOnlyList<AnnotationEntry> images)
    {
        AnnotationEntry[] entries = [.. images.Select(e => e with { Folder = e.Subset ?? "" })];
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (AnnotationEntry entry in entries)
        {
            counts[entry.FullName] = counts.GetValueOrDefault(entry.FullName) + 1;
        }
        return entries.Select(e => counts[e.FullName] > 1 && e.Id is { } id ? e with { Folder = e.Folder.Length == 0 ? id : $"{e.Folder}/{id}" } : e);
    }
}
