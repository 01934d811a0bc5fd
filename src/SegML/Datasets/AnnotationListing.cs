using SegML.Annotations;
using SegML.Images;

namespace SegML.Datasets;

/// <summary>Finds what masks are drawn from: the files of a folder, or the images of one file.</summary>
internal static class AnnotationListing
{
    private static readonly string[] _extensions = [".json", ".xml", ".txt"];

    /// <summary>Whether a path may be annotations.</summary>
    public static bool HasExtension(string path) => _extensions.Contains(Path.GetExtension(path).ToLowerInvariant());

    /// <summary>A file of a folder. It is not opened before its image is wanted.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">Its path below the folder, without extension: its image's name, which some tools give with the image's extension.</param>
    public static SourceFile OfFile(string path, string name) => new(path, ImageFile.HasExtension(name) ? Path.ChangeExtension(name, null) : name)
    {
        Annotation = image => AnnotationFile.Read(path, new AnnotationOptions { ImageFolder = Path.GetDirectoryName(image) }),
    };

    /// <summary>The images that a file is about.</summary>
    /// <param name="path">The file.</param>
    /// <param name="withFolders">Whether folders in its images' names count; else only the names proper do.</param>
    /// <exception cref="AnnotationFormatException">It cannot be read.</exception>
    public static IEnumerable<SourceFile> InFile(string path, bool withFolders) => AnnotationFile.Index(path).Select(entry =>
    {
        string name = entry.Name.Replace('\\', '/').TrimStart('/');
        string key = ImageFile.HasExtension(name) ? Path.ChangeExtension(name, null) : name;
        return new SourceFile(path, withFolders ? key : Path.GetFileName(key)) { Annotation = _ => entry.Read(), Part = entry.Name };
    });
}
