using SegML.Annotations;
using SegML.Annotations.Formats;
using SegML.Images;

namespace SegML.Datasets;

/// <summary>Finds what masks are drawn from: the files of a folder, or the images of one file.</summary>
internal static class AnnotationListing
{
    private static readonly string[] _extensions = [".json", ".xml", ".txt", ".csv"];

    /// <summary>Whether a path may be annotations.</summary>
    public static bool HasExtension(string path) => _extensions.Contains(Path.GetExtension(path).ToLowerInvariant());

    /// <summary>A file of a folder. It is not opened before its image is wanted.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">Its path below the folder, without extension: its image's name, which some tools give with the image's extension.</param>
    /// <param name="options">What the file leaves open.</param>
    public static SourceFile OfFile(string path, string name, AnnotationOptions options) => new(path, ImageName.Key(name))
    {
        Annotation = image => AnnotationFile.Open(path, options).Single().Read(image),
    };

    /// <summary>The images that a file is about, and what the file holds that belongs to none.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What the file leaves open.</param>
    /// <exception cref="AnnotationFormatException">It cannot be read.</exception>
    public static (IReadOnlyList<SourceFile> Files, IReadOnlyList<DatasetFinding> Findings) InFile(string path, AnnotationOptions options)
    {
        AnnotationFile file = AnnotationFile.Open(path, options);
        return ([.. file.Images.Select(entry => new SourceFile(path, ImageName.Key(entry.FullName))
        {
            Annotation = entry.Read,
            Part = entry.FullName,
            OtherKeys = [.. entry.OtherNames.Select(ImageName.Key)],
            IsBare = entry.IsBare == true,
        })], [.. file.Faults.Select(f => Finding(f.First, f.Count, options))]);
    }

    private static DatasetFinding Finding(AnnotationFormatException first, int count, AnnotationOptions options)
    {
        string others = count == 1 ? "" : $"; {count} are of this kind ({first.Kind.Title()})";
        return new DatasetFinding(FindingKind.UnusableObject, first.Subject, first.Fault + others,
            options.OnUnusable == UnusablePolicy.Skip ? $"left out; {first.Fix}" : $"{first.Fix}, or set data.onUnusable to \"skip\"")
        {
            IsLeftOut = options.OnUnusable == UnusablePolicy.Skip,
        };
    }
}
