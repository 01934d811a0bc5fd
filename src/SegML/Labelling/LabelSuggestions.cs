using SegML.Images;
using SegML.Scoring;

namespace SegML.Labelling;

/// <summary>An image that is worth labelling.</summary>
/// <param name="Path">Its file.</param>
/// <param name="Information">What the model does not know of it, 0 to 1, by the measure that was asked for.</param>
/// <param name="Novelty">How unlike those before it in the list it looks to the model, 0 (the same) to 1; the first one's is 1.</param>
public sealed record Suggestion(string Path, double Information, double Novelty);

/// <summary>
/// Ranks images without masks by what a model does not know of them (active learning). The first of the list is the least certain one; each next one has
/// the greatest product of information and novelty, so that neighbouring frames of a video do not fill the list.
/// </summary>
public static class LabelSuggestions
{
    /// <summary>Ranks images.</summary>
    /// <param name="segmenter">The model.</param>
    /// <param name="images">Image files.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <param name="skipped">Is told of images that cannot be read, which are left out; null: nobody is.</param>
    /// <param name="progress">Is told how many have been looked at; null: nobody is.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>At most as many as asked for, the most worthwhile first.</returns>
    /// <exception cref="ModelFormatException">The model fails.</exception>
    public static IReadOnlyList<Suggestion> Rank(Segmenter segmenter, IReadOnlyList<string> images, SuggestionOptions? options = null,
        Action<ImageFormatException>? skipped = null, Action<int>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(segmenter);
        ArgumentNullException.ThrowIfNull(images);
        options ??= new SuggestionOptions();
        options.Validate();
        var seen = new List<Candidate>(images.Count);
        for (int i = 0; i < images.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                seen.Add(Look(segmenter, images[i], options, cancellation));
            }
            catch (ImageFormatException e)
            {
                skipped?.Invoke(e);
            }
            progress?.Invoke(i + 1);
        }
        return Choose(seen, options);
    }

    private static Candidate Look(Segmenter segmenter, string path, SuggestionOptions options, CancellationToken cancellation)
    {
        using RgbaImage image = Read(path, options.Size);
        using SegmentationScores scores = segmenter.Score(image, cancellation);
        double information = options.Measure switch
        {
            InformationMeasure.Margin => Information.Margin(scores),
            InformationMeasure.Disagreement => Disagreement(segmenter, image, scores, cancellation),
            _ => Information.Entropy(scores),
        };
        return new Candidate(path, information, new SceneSketch(scores));
    }

    private static double Disagreement(Segmenter segmenter, RgbaImage image, SegmentationScores scores, CancellationToken cancellation)
    {
        using RgbaImage mirrored = Information.Mirror(image);
        using SegmentationScores other = segmenter.Score(mirrored, cancellation);
        return Information.Disagreement(scores, other);
    }

    private static RgbaImage Read(string path, int size)
    {
        ReducedImage read = ImageFile.ReadReduced(path, (width, height) => Fit(width, height, size));
        using RasterImage pixels = read.Pixels;
        (int width, int height) = Fit(read.Width, read.Height, size);
        using RasterImage resized = ImageResizer.Resize(pixels, width, height);
        return resized.ToRgba();
    }

    private static (int Width, int Height) Fit(int width, int height, int size)
    {
        double scale = Math.Min(1, (double)size / Math.Max(width, height));
        return (Math.Max(1, (int)Math.Round(width * scale)), Math.Max(1, (int)Math.Round(height * scale)));
    }

    // Greedy: each round takes the best and lowers the novelty of what looks like it.
    private static List<Suggestion> Choose(List<Candidate> candidates, SuggestionOptions options)
    {
        var chosen = new List<Suggestion>();
        var left = new List<Candidate>(candidates);
        while (chosen.Count < options.Count && left.Count > 0)
        {
            // The first of equals, in the order of the files: the same list each time.
            Candidate best = left.MaxBy(c => c.Information * (1 - options.Diversity + options.Diversity * c.Novelty))!;
            left.Remove(best);
            chosen.Add(new Suggestion(best.Path, best.Information, best.Novelty));
            foreach (Candidate other in left)
            {
                other.Novelty = Math.Min(other.Novelty, other.Sketch.DifferenceTo(best.Sketch));
            }
        }
        return chosen;
    }

    private sealed class Candidate(string path, double information, SceneSketch sketch)
    {
        public string Path => path;

        public double Information => information;

        public SceneSketch Sketch => sketch;

        public double Novelty { get; set; } = 1;
    }
}
