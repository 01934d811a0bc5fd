using System.Collections.Concurrent;
using SegML.Annotations;
using SegML.Annotations.Formats;
using SegML.Masks;

namespace SegML.Datasets;

/// <summary>
/// Reads masks from mask files, or draws them from annotation files: JSON, XML, text and CSV are annotations, all else are masks. A file that
/// annotates many images is opened once; of classes that overlap a path with {class} in it stands for a mask file for each; which image is meant stands behind a #: <c>coco.json#day/a.jpg</c>. Thread-safe.
/// </summary>
/// <param name="classes">Translates values, colours and names.</param>
/// <param name="options">How masks are drawn; null: the defaults.</param>
public sealed class MaskSource(ClassSet classes, AnnotationOptions? options = null)
{
    internal const char PartMark = '#';

    private readonly AnnotationOptions _options = options ?? new AnnotationOptions();
    private readonly ConcurrentDictionary<string, Lazy<Dictionary<string, AnnotationEntry>>> _files = new(StringComparer.Ordinal);

    /// <summary>Reads or draws a mask.</summary>
    /// <param name="reference">A mask file, an annotation file of one image, or an annotation file, # and the image's name in it.</param>
    /// <exception cref="MaskFormatException">The mask file cannot be read, or holds what stands for no class.</exception>
    /// <exception cref="AnnotationFormatException">The annotations cannot be read, name what stands for no class, or have no such image.</exception>
    public SegmentationMask Read(string reference)
    {
        ArgumentException.ThrowIfNullOrEmpty(reference);
        int mark = reference.LastIndexOf(PartMark);
        // A file may have the mark in its own name.
        bool isPart = mark > 0 && !File.Exists(reference) && AnnotationListing.HasExtension(reference[..mark]);
        if (isPart)
        {
            string path = reference[..mark], name = reference[(mark + 1)..];
            Dictionary<string, AnnotationEntry> images = _files.GetOrAdd(path, p => new(() => AnnotationFile.Open(p, _options).Images.DistinctBy(i => i.FullName).ToDictionary(i => i.FullName))).Value;
            return images.TryGetValue(name, out AnnotationEntry? entry) ? AnnotationRasterizer.Draw(entry.Read(null), classes, _options)
                : throw new AnnotationFormatException(path, $"has no image \"{name}\"", "name one that it lists");
        }
        return AnnotationListing.HasExtension(reference) ? AnnotationRasterizer.Draw(AnnotationFile.Read(reference, _options), classes, _options)
            : classes.IsMultiLabel ? ClassMasks.Read(reference, classes) : MaskFile.Read(reference, classes);
    }
}
