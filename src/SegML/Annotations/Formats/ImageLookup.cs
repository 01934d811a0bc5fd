using SegML.Images;

namespace SegML.Annotations.Formats;

/// <summary>Finds the image that annotations belong to, for formats that do not store its size.</summary>
internal static class ImageLookup
{
    /// <summary>The image's path.</summary>
    /// <param name="path">The annotation file.</param>
    /// <param name="name">The image's name, with or without extension.</param>
    /// <param name="options">May name the images' folder.</param>
    /// <exception cref="AnnotationFormatException">It is not there.</exception>
    public static string Find(string path, string name, AnnotationOptions options)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!, stem = ImageFile.HasExtension(name) ? Path.ChangeExtension(name, null) : name;
        string[] folders = options.ImageFolder is { } given ? [given] : [folder, ImagesBeside(folder), Path.Combine(folder, "images")];
        return folders.SelectMany(f => ImageFile.Extensions.SelectMany(e => new[] { e, e.ToUpperInvariant() }).Select(e => Path.Combine(f, stem + e)))
            .FirstOrDefault(File.Exists)
            ?? throw new AnnotationFormatException(path, $"has no image {stem}.* in {string.Join(" or ", folders.Distinct().Where((f, i) => i == 0 || Directory.Exists(f)))}, from which its size is read",
                "put the images there, or name their folder");
    }

    /// <summary>An image's size, as the annotation tool saw it.</summary>
    /// <exception cref="AnnotationFormatException">It cannot be read.</exception>
    public static (int Width, int Height) SizeOf(string image, string path, AnnotationOptions options)
    {
        try
        {
            (int width, int height) = ImageFile.ReadSize(image);
            return options.View == AnnotatedView.Stored && ImageFile.ReadTurn(image) is { SwapsSides: true } ? (height, width) : (width, height);
        }
        catch (ImageFormatException e)
        {
            throw new AnnotationFormatException(path, $"belongs to {image}, which {e.Fault}", e.Fix, e);
        }
    }

    // .../labels/train/a.txt belongs to .../images/train/a.jpg.
    private static string ImagesBeside(string folder)
    {
        string[] parts = folder.Split(Path.DirectorySeparatorChar);
        int labels = Array.FindLastIndex(parts, p => p == "labels");
        return labels < 0 ? folder : string.Join(Path.DirectorySeparatorChar, [.. parts[..labels], "images", .. parts[(labels + 1)..]]);
    }
}
