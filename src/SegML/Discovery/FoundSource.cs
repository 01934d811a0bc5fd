using SegML.Annotations.Formats;
using SegML.Pipelines;

namespace SegML.Discovery;

/// <summary>Images that belong to annotations or masks, all as paths below the data set's folder.</summary>
/// <param name="Images">The images' folder.</param>
/// <param name="Format">What the annotations are called: "COCO JSON", "masks".</param>
internal sealed record FoundSource(string Images, string Format)
{
    /// <summary>The annotation file or folder; null: there are masks.</summary>
    public string? Annotations { get; init; }

    /// <summary>The masks' folder; null: there are annotations.</summary>
    public string? Masks { get; init; }

    /// <summary>Whether images are in folders of the folder.</summary>
    public bool Subfolders { get; init; }

    /// <summary>From an image's name to its mask's or annotation's; null: the same.</summary>
    public PairingOptions? Pairing { get; init; }

    /// <summary>The split that its place or its file names; null: none.</summary>
    public string? Split { get; init; }

    /// <summary>The list of its images; null: all.</summary>
    public string? List { get; init; }

    /// <summary>How many images have annotations or masks.</summary>
    public int Count { get; init; }

    /// <summary>The classes that the annotations declare.</summary>
    public IReadOnlyList<AnnotationClass> Classes { get; init; } = [];

    public SplitOptions ToSplit() => new() { Images = Images, Annotations = Annotations, Masks = Masks, Subfolders = Subfolders, List = List };
}
