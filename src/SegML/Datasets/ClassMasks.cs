using SegML.Images;
using SegML.Masks;

namespace SegML.Datasets;

/// <summary>
/// Masks of classes that overlap: a PNG for each class, in which every value but 0 (of colours: but black) is the class. A class without a file is not on
/// the image.
/// </summary>
internal static class ClassMasks
{
    /// <summary>What stands for a class's name in paths.</summary>
    public const string ClassMark = "{class}";

    /// <summary>What stands for an image's name in paths.</summary>
    public const string ImageMark = "{image}";

    /// <summary>The path of an image's masks, with <see cref="ClassMark"/> in it.</summary>
    /// <param name="pattern">A folder, or a file's path without extension that holds <see cref="ImageMark"/>.</param>
    /// <param name="image">The image's name, without extension.</param>
    public static string PathOf(string pattern, string image) =>
        (pattern.Contains(ImageMark, StringComparison.Ordinal) ? pattern.Replace(ImageMark, image, StringComparison.Ordinal) : Path.Combine(pattern, image)) + ".png";

    /// <summary>The files of an image's masks that there are, each with its class's id.</summary>
    /// <param name="path">Of <see cref="PathOf"/>.</param>
    /// <param name="names">The classes' names.</param>
    public static IEnumerable<(int Id, string Path)> Files(string path, IReadOnlyList<string> names) =>
        names.Select((name, id) => (id, path.Replace(ClassMark, name, StringComparison.Ordinal))).Where(f => File.Exists(f.Item2));

    /// <summary>Reads an image's masks into one of sets.</summary>
    /// <param name="path">Of <see cref="PathOf"/>.</param>
    /// <param name="classes">Classes that overlap.</param>
    /// <exception cref="MaskFormatException">There is no file, one cannot be read, or two differ in size.</exception>
    public static SegmentationMask Read(string path, ClassSet classes)
    {
        if (!path.Contains(ClassMark, StringComparison.Ordinal))
        {
            throw new MaskFormatException(path, "is one mask, and the classes overlap", $"name a mask for each class: a path with {ClassMark} in it");
        }
        SegmentationMask? sets = null;
        foreach ((int id, string file) in Files(path, classes.Names))
        {
            RawMask raw = MaskFile.ReadRaw(file);
            sets ??= new SegmentationMask(raw.Width, raw.Height, classes);
            if ((raw.Width, raw.Height) != (sets.Width, sets.Height))
            {
                throw new MaskFormatException(file, $"is {raw.Width}x{raw.Height}, but another class's mask of the image is {sets.Width}x{sets.Height}",
                    "draw all masks of an image at its size");
            }
            Span<byte> ids = sets.Ids;
            for (int i = 0; i < ids.Length; i++)
            {
                ids[i] |= (byte)(raw[i] != 0 ? 1 << id : 0);
            }
        }
        return sets ?? throw new MaskFormatException(path, $"is there for none of the classes {string.Join(", ", classes.Names)}", "name the masks after the classes");
    }
}
