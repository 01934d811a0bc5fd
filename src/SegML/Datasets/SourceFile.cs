namespace SegML.Datasets;

/// <summary>An image or mask file, and what pairs it: an image and a mask with one key belong together.</summary>
/// <param name="Path">The file.</param>
/// <param name="Key">Customarily its name without extension.</param>
internal readonly record struct SourceFile(string Path, string Key);
