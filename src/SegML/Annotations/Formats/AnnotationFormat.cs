namespace SegML.Annotations.Formats;

/// <summary>
/// An annotation format: how it is recognised and how it is read. A format is one class in one file and one line in
/// <see cref="AnnotationFormats"/>; an app adds its own with <see cref="AnnotationFormats.Register"/>.
/// </summary>
public abstract class AnnotationFormat
{
    /// <summary>What messages and help call it: "COCO JSON".</summary>
    public abstract string Name { get; }

    /// <summary>Whether the file has no image sizes, so that they are read from the images. Default false.</summary>
    public virtual bool NeedsImage => false;

    /// <summary>Whether one file annotates many images, rather than each image having its own. Default false.</summary>
    public virtual bool HoldsManyImages => false;

    /// <summary>Whether a file is of this format, by its content.</summary>
    public abstract bool Recognises(AnnotationContent content);

    /// <summary>Lists the images of a file. What takes long or much memory is left to <see cref="AnnotationEntry.Read"/>.</summary>
    /// <param name="content">The file, open. It is closed afterwards.</param>
    /// <param name="options">What the file leaves open.</param>
    /// <exception cref="AnnotationFormatException">The file as a whole cannot be used.</exception>
    public abstract AnnotationIndex Index(AnnotationContent content, AnnotationOptions options);
}

/// <summary>What a file annotates.</summary>
/// <param name="Images">Its images, in its order.</param>
public sealed record AnnotationIndex(IReadOnlyList<AnnotationEntry> Images)
{
    /// <summary>The classes that the file declares, used or not; empty where its format declares none.</summary>
    public IReadOnlyList<AnnotationClass> Classes { get; init; } = [];

    /// <summary>What the file holds that belongs to no image: an exception for each kind and how often it occurs.</summary>
    public IReadOnlyList<(AnnotationFormatException First, int Count)> Faults { get; init; } = [];
}

/// <summary>A class that an annotation file declares.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Color">Its colour; null: the file has none.</param>
public sealed record AnnotationClass(string Name, Images.Rgb? Color = null);

/// <summary>One image of an annotation file.</summary>
/// <param name="Name">The image's name, as the file has it.</param>
/// <param name="Read">
/// Reads what was drawn on it, given the path of the image file or null where that is not known. Thread-safe. An object that cannot be
/// read goes to <see cref="AnnotatedImage.Unusable"/>; an exception means that nothing of the image can be used.
/// </param>
public sealed record AnnotationEntry(string Name, Func<string?, AnnotatedImage> Read)
{
    /// <summary>What the file calls the image besides its name: an id. Null: nothing. Default null.</summary>
    public string? Id { get; init; }

    /// <summary>The subset of the data set that the file puts the image in: "Train". Null: none. Default null.</summary>
    public string? Subset { get; init; }

    /// <summary>Other names that its file may have, such as the one before the tool renamed it. Default: none.</summary>
    public IReadOnlyList<string> OtherNames { get; init; } = [];

    /// <summary>Whether the file says that nothing was drawn on the image; null: only reading it tells. Default null.</summary>
    public bool? IsBare { get; init; }

    /// <summary>The folder that keeps images of one name apart: the subset, or the id where that is needed. Empty: none.</summary>
    internal string Folder { get; init; } = "";

    /// <summary>The name below the data set, with / between folders.</summary>
    internal string FullName => Folder.Length == 0 ? Name : $"{Folder}/{Name}";
}
