using SegML.Images;
using SegML.Masks;

namespace SegML.Datasets;

/// <summary>Names as images and masks are paired by them.</summary>
internal static class ImageName
{
    /// <summary>A name without its extension, be it an image's or a mask's, with / between folders, in Unicode's composed form.</summary>
    public static string Key(string name)
    {
        string path = UnicodeName.Of(name.Replace('\\', '/').TrimStart('/'));
        return ImageFile.HasExtension(path) || MaskFile.HasExtension(path) ? Path.ChangeExtension(path, null) : path;
    }

    /// <summary>Whether a path is one that systems and tools leave behind, and nobody means: ._a.jpg, .DS_Store, __MACOSX, Thumbs.db.</summary>
    public static bool IsLitter(string relativePath) => relativePath.Replace('\\', '/').Split('/')
        .Any(part => part.StartsWith('.') || part is "__MACOSX" or "Thumbs.db" or "desktop.ini" or "@eaDir");

    /// <summary>The name proper: what comes after the last /.</summary>
    public static string Last(string key) => key[(key.LastIndexOf('/') + 1)..];

    /// <summary>Whether one of two names is the other with more folders in front.</summary>
    public static bool EndAlike(string a, string b) => a.Length >= b.Length ? EndsWith(a, b) : EndsWith(b, a);

    /// <summary>Whether a name is another with more folders in front, or the same.</summary>
    public static bool EndsWith(string longer, string end) => longer.EndsWith(end, StringComparison.Ordinal)
        && (longer.Length == end.Length || longer[^(end.Length + 1)] == '/');
}
