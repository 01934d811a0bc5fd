using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using SegML.Annotations;

namespace SegML.Pipelines;

/// <summary>The data part of a pipeline file.</summary>
public sealed record DataOptions
{
    /// <summary>The folder that all others are relative to; itself relative to the pipeline file. Null: <c>--data</c> must name it.</summary>
    public string? Root { get; init; }

    /// <summary>The splits by name, usually train, val and test.</summary>
    public IReadOnlyDictionary<string, SplitOptions> Splits { get; init; } = new Dictionary<string, SplitOptions>();

    /// <summary>Splits that are shares of one source. Null: none. Default null.</summary>
    public ShareOptions? Shares { get; init; }

    /// <summary>A round of a cross-validation, which divides the training splits anew. Null: the splits are as they are. Default null.</summary>
    public FoldOptions? Folds { get; init; }

    /// <summary>How an image's name leads to its mask's. Null: they have the same name, extensions aside. Default null.</summary>
    public PairingOptions? Pairing { get; init; }

    /// <summary>
    /// What pixels are that nobody annotated, where masks are drawn from annotations: "ignore", or a class's name. Null: the class called
    /// "background" or mapped from it, and ignored where there is none. Default null.
    /// </summary>
    public string? Unlabelled { get; init; }

    /// <summary>Which of two overlapping shapes is seen: "order", the later one, or "smallestOnTop". Default "order".</summary>
    public ShapeOverlap Overlap { get; init; } = ShapeOverlap.Order;

    /// <summary>
    /// What happens to annotated objects that take no pixels (boxes, keypoints, empty or damaged outlines): "error", or "skip", which leaves
    /// the object out. <c>segml check</c> lists them either way. Default "error".
    /// </summary>
    public UnusablePolicy OnUnusable { get; init; } = UnusablePolicy.Error;

    /// <summary>
    /// What happens to images of which a file, be it the image, its mask or its annotations, is damaged or missing parts: "error", or "skip",
    /// which leaves the image out. Every file is then read before work begins. <c>segml check</c> lists them either way. Default "error".
    /// </summary>
    public UnusablePolicy OnDamaged { get; init; } = UnusablePolicy.Error;

    /// <summary>
    /// What happens to images without a mask or annotations: "error", "skip", which leaves the image out, or "unlabelled", for which every
    /// pixel is what <see cref="Unlabelled"/> says. Default "error".
    /// </summary>
    public UnannotatedPolicy Unannotated { get; init; } = UnannotatedPolicy.Error;

    /// <summary>
    /// How the annotation tool showed photos whose EXIF tag says that they are to be turned: "upright", as SegML and most viewers do, or
    /// "stored", unturned; masks and annotations are then turned with their images. Default "upright".
    /// </summary>
    public AnnotatedView AnnotatedView { get; init; } = AnnotatedView.Upright;

    /// <summary>Thickness in pixels, at least 1, of annotated lines and points for which the file gives none. Null: what the format's own tool draws. Default null.</summary>
    public double? LineThickness { get; init; }

    /// <summary>How masks are drawn from annotations.</summary>
    public AnnotationOptions Drawing() => new() { Unlabelled = Unlabelled, Overlap = Overlap, OnUnusable = OnUnusable, View = AnnotatedView, LineThickness = LineThickness };

    /// <summary>The names of all splits, in the file's order.</summary>
    [JsonIgnore]
    public IEnumerable<string> SplitNames => Splits.Keys.Concat(Shares?.Splits.Keys ?? []);

    /// <summary>Checks what can be checked without the data.</summary>
    /// <param name="source">The pipeline file's path, for errors.</param>
    /// <exception cref="PipelineFormatException">
    /// A regular expression, a share or a source is not as it should be, or a split is named twice.
    /// </exception>
    public void Validate(string source)
    {
        foreach ((string name, SplitOptions split) in Splits)
        {
            split.Validate(source, $"data.splits.{name}");
        }
        Shares?.Validate(source, "data.shares");
        Shares?.Validate(source);
        Folds?.Validate(source);
        Pairing?.Validate(source);
        if (LineThickness is { } thickness && !(thickness >= 1 && double.IsFinite(thickness)))
        {
            throw new PipelineFormatException(source, "has a data.lineThickness below 1", "give it at least 1 pixel");
        }
        if (Shares?.Splits.Keys.FirstOrDefault(Splits.ContainsKey) is { } twice)
        {
            throw new PipelineFormatException(source, $"has the split \"{twice}\" under data.splits and under data.shares", "name it once");
        }
    }

    /// <summary>A regular expression that takes time in proportion to the text, whatever the text.</summary>
    /// <exception cref="PipelineFormatException">It is not one.</exception>
    internal static Regex Expression(string source, string key, string pattern)
    {
        try
        {
            return new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new PipelineFormatException(source, $"has {key} \"{pattern}\", which is no regular expression ({e.Message.TrimEnd('.')})",
                "correct it; lookarounds and references back are not supported", e);
        }
    }
}

/// <summary>What happens to an image without a mask or annotations.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<UnannotatedPolicy>))]
public enum UnannotatedPolicy
{
    /// <summary>It is an error. An image that an annotation file lists, with nothing drawn on it, is annotated: all of it is unlabelled.</summary>
    [JsonStringEnumMemberName("error")] Error,

    /// <summary>It is left out, and so is an image on which nothing was drawn.</summary>
    [JsonStringEnumMemberName("skip")] Skip,

    /// <summary>All of its pixels are unlabelled.</summary>
    [JsonStringEnumMemberName("unlabelled")] Unlabelled,
}

/// <summary>Where images and masks are.</summary>
public abstract record SourceOptions
{
    /// <summary>Folder of images (JPEG, PNG, BMP, WebP).</summary>
    public required string Images { get; init; }

    /// <summary>
    /// Folder of masks (PNG). Where classes overlap a folder for each, which {class} stands for: masks/{class}; or files beside each other:
    /// masks/{image}_{class}. Every value but 0 is then the class, and a class without a file is not on the image. Null: masks are drawn
    /// from <see cref="Annotations"/>. Default null.
    /// </summary>
    public string? Masks { get; init; }

    /// <summary>
    /// What masks are drawn from when they are read, in place of <see cref="Masks"/>: one file for many images (COCO JSON, CVAT XML), or a
    /// folder with a file an image, named after it (Supervisely, LabelMe or Cityscapes JSON, YOLO segment text). The classes' "from"
    /// translates the annotations' class names. Null: there are masks. Default null.
    /// </summary>
    public string? Annotations { get; init; }

    /// <summary>
    /// A text file that names the images to take, one a line: the path below <see cref="Images"/> or a longer one that ends with it, with
    /// or without extension. Lists of SegNet's, VOC's and YOLO's form are read too: a second path on a line is the image's mask, a second
    /// word that is a number is skipped. Empty lines and lines that begin with # are skipped. Null: all images of the folder. Default null.
    /// </summary>
    public string? List { get; init; }

    /// <summary>Whether folders in the folders are searched too; a name is then the path below the folder. Default false.</summary>
    public bool Subfolders { get; init; }

    internal void Validate(string source, string key)
    {
        if ((Masks is null) == (Annotations is null))
        {
            throw new PipelineFormatException(source, $"has {(Masks is null ? "neither" : "both")} \"masks\" {(Masks is null ? "nor" : "and")} \"annotations\" in {key}",
                "name one of them: a folder of masks (PNG), or annotations to draw masks from");
        }
    }
}

/// <summary>One split.</summary>
public sealed record SplitOptions : SourceOptions;

/// <summary>Splits that are shares of one source: each image, or each group of images, falls into one of them.</summary>
public sealed record ShareOptions : SourceOptions
{
    /// <summary>Each split's share of the images, above 0; they add up to 1. Groups stay whole, so shares are met as nearly as groups allow.</summary>
    public required IReadOnlyDictionary<string, double> Splits { get; init; }

    /// <summary>Decides which images fall where. The same seed and the same names always divide alike. Default 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>
    /// What keeps images together, so that neighbouring frames of one drive do not fall on both sides: "folder", or a regular
    /// expression over names without extension whose first group (or match, if it has no groups) is the group's name:
    /// <c>^(\w+)_\d+$</c>. Null: every image for itself. Default null.
    /// </summary>
    public string? GroupBy { get; init; }

    internal void Validate(string source)
    {
        if (Splits.Count == 0 || Splits.Values.Any(s => !(s > 0)) || !(Math.Abs(Splits.Values.Sum() - 1) < 1e-6))
        {
            throw new PipelineFormatException(source, "has data.shares.splits that do not add up to 1", "give each split a share above 0: { \"train\": 0.8, \"val\": 0.2 }");
        }
        if (GroupBy is { } pattern && pattern != Folder)
        {
            DataOptions.Expression(source, "data.shares.groupBy", pattern);
        }
    }

    /// <summary>The value of <see cref="GroupBy"/> that is no expression.</summary>
    internal const string Folder = "folder";
}

/// <summary>A rule that leads from an image's name to its mask's.</summary>
public sealed record PairingOptions
{
    /// <summary>
    /// A regular expression over images' names: paths below the folder, with /, without extension. Images that it does not
    /// match are left out: <c>^(.*)_leftImg8bit$</c>.
    /// </summary>
    public required string Image { get; init; }

    /// <summary>The mask's name, without extension, made of the expression's groups: <c>$1_gtFine_labelIds</c>. Masks that no image leads to are left alone.</summary>
    public required string Mask { get; init; }

    internal void Validate(string source) => DataOptions.Expression(source, "data.pairing.image", Image);
}
