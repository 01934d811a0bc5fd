using System.IO.Hashing;
using System.Text.Json.Serialization;
using SegML.Drawing;
using SegML.Files;
using SegML.Images;
using SegML.Masks;
using SegML.Scoring;

namespace SegML.Batches;

/// <summary>What is written of each image of a batch, and how the files are called.</summary>
public sealed record BatchOutputs
{
    // An overlay takes the image whole, twice; and JPEG ends at 65535 pixels a side.
    private const long MostOverlayPixels = 100_000_000;
    private const int MostOverlaySide = 65535;

    /// <summary>Where to.</summary>
    public required string Folder { get; init; }

    /// <summary>Whether NAME.overlay.jpg is written: the image with its mask drawn over it, up to 100 million pixels. Default false.</summary>
    public bool Overlays { get; init; }

    /// <summary>Whether NAME.scores/ID-CLASS.png are written: each class's probability, black 0 to white 1. Default false.</summary>
    public bool Probabilities { get; init; }

    /// <summary>Whether NAME.uncertainty.png is written: black where the class is certain, white where it could be any. Default false.</summary>
    public bool Uncertainty { get; init; }

    /// <summary>Whether a file is called like an overlay or an uncertainty, which are results and no images to score.</summary>
    public static bool IsResult(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        ReadOnlySpan<char> name = Path.GetFileNameWithoutExtension(path.AsSpan());
        return name.EndsWith(".overlay", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".uncertainty", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Whether probabilities are needed beside the mask.</summary>
    [JsonIgnore]
    public bool NeedsScores => Probabilities || Uncertainty;

    /// <summary>What an image's mask is called.</summary>
    public string MaskOf(string name) => Path.Combine(Folder, name + ".png");

    /// <summary>What the mask of a class that overlaps others is called: as a data set's masks/{class}.</summary>
    public string ClassMaskOf(string name, string className) => Path.Combine(Folder, FileName(className), name + ".png");

    /// <summary>What an image's overlay is called.</summary>
    public string OverlayOf(string name) => Path.Combine(Folder, name + ".overlay.jpg");

    /// <summary>What the picture of a class's probability is called.</summary>
    public string ScoreOf(string name, SegmentationClass c) => Path.Combine(Folder, name + ".scores", $"{c.Id:00}-{FileName(c.Name)}.png");

    /// <summary>What the picture of an image's uncertainty is called.</summary>
    public string UncertaintyOf(string name) => Path.Combine(Folder, name + ".uncertainty.png");

    /// <summary>All files that an image can have; of a very large one there is no overlay.</summary>
    public IEnumerable<string> FilesOf(string name, ClassSet classes)
    {
        ArgumentNullException.ThrowIfNull(classes);
        return
        [
            .. classes.IsMultiLabel ? classes.Names.Select(c => ClassMaskOf(name, c)) : [MaskOf(name)],
            .. Overlays ? [OverlayOf(name)] : (string[])[],
            .. Probabilities ? classes.Classes.Select(c => ScoreOf(name, c)) : [],
            .. Uncertainty ? [UncertaintyOf(name)] : (string[])[],
        ];
    }

    /// <summary>A checksum (XXH128) of all files that an image has; null where it has no mask.</summary>
    public string? Checksum(string name, ClassSet classes)
    {
        var hash = new XxHash128();
        bool first = true;
        foreach (string file in FilesOf(name, classes))
        {
            if (File.Exists(file))
            {
                hash.Append(File.ReadAllBytes(file));
            }
            else if (first)
            {
                return null;
            }
            first = false;
        }
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    /// <summary>Deletes what a killed process left of an image's files under temporary names.</summary>
    internal void DeleteUnfinished(string name, ClassSet classes)
    {
        foreach (string file in FilesOf(name, classes))
        {
            string folder = Path.GetDirectoryName(file)!;
            foreach (string left in Directory.Exists(folder) ? Directory.EnumerateFiles(folder, Path.GetFileName(file) + ".*.tmp").Where(TemporaryFile.IsOurs) : [])
            {
                TemporaryFile.Delete(left);
            }
        }
    }

    /// <summary>Scores an image and writes its files, each whole or not at all.</summary>
    /// <returns>What is to be known of it, one line; null: nothing.</returns>
    /// <exception cref="SegMLException">It cannot be scored, or a file cannot be written.</exception>
    public string? Write(Segmenter segmenter, BatchImage image, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(segmenter);
        SegmentationScores? scores = null;
        using SegmentationMask mask = NeedsScores ? segmenter.Predict(image.File, out scores, cancellation) : segmenter.Predict(image.File, cancellation);
        using (scores)
        {
            WriteScores(image.Name, scores);
        }
        WriteMask(image.Name, mask);
        if (!Overlays)
        {
            return null;
        }
        if ((long)mask.Width * mask.Height > MostOverlayPixels || Math.Max(mask.Width, mask.Height) > MostOverlaySide)
        {
            return $"{image.File} is {mask.Width}x{mask.Height}, too large for an overlay; its mask is written";
        }
        using RgbaImage pixels = ImageFile.Read(image.File, new ImageReadOptions { LeastDecoded = 0 }); // It was accepted when it was scored.
        using RgbaImage picture = Overlay.Draw(pixels, mask);
        ImageFile.Write(OverlayOf(image.Name), picture);
        return null;
    }

    /// <summary>A class's name as a file's, the same on every system.</summary>
    private static string FileName(string name) => string.Concat(name.Select(c => char.IsLetterOrDigit(c) || c is '-' or '_' or ' ' ? c : '_'));

    // Classes that overlap have a mask each: 1 where the class is.
    private void WriteMask(string name, SegmentationMask mask)
    {
        if (!mask.Classes.IsMultiLabel)
        {
            MaskFile.Write(MaskOf(name), mask);
            return;
        }
        foreach (SegmentationClass c in mask.Classes.Classes)
        {
            using SegmentationMask own = mask.Of(c.Id);
            MaskFile.Write(ClassMaskOf(name, c.Name), own);
        }
    }

    private void WriteScores(string name, SegmentationScores? scores)
    {
        if (scores is null)
        {
            return;
        }
        if (Probabilities)
        {
            foreach (SegmentationClass c in scores.Classes.Classes)
            {
                scores.SaveProbability(c.Id, ScoreOf(name, c));
            }
        }
        if (Uncertainty)
        {
            scores.SaveUncertainty(UncertaintyOf(name));
        }
    }
}
