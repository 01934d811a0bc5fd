using System.Globalization;
using System.Text.Json;
using SegML.Cli.Reports;
using SegML.Drawing;
using SegML.Files;
using SegML.Images;
using SegML.Labelling;
using SegML.Masks;
using SegML.Scoring;

namespace SegML.Cli.Labelling;

/// <summary>What <c>segml data suggest</c> writes.</summary>
internal static class SuggestionFiles
{
    public const string Page = "suggestions.html";

    private const string List = "suggestions.txt", Figures = "suggestions.json";

    // Pictures in the page, in pixels of the longer side.
    private const int PictureSide = 400;

    /// <summary>The files that <see cref="Write"/> makes.</summary>
    public static IEnumerable<string> Of(string folder) => [Path.Combine(folder, List), Path.Combine(folder, Figures), Path.Combine(folder, Page)];

    public static void Write(string folder, IReadOnlyList<Suggestion> suggestions, SuggestionOptions options, Segmenter segmenter, CancellationToken cancellation)
    {
        AtomicFile.WriteText(Path.Combine(folder, List), string.Concat(suggestions.Select(s => s.Path + "\n")));
        AtomicFile.WriteText(Path.Combine(folder, Figures), JsonSerializer.Serialize(suggestions, new JsonSerializerOptions(JsonSerializerDefaults.Web) { WriteIndented = true }) + "\n");
        var page = new ReportPage("What to label next", $"Images of which {segmenter.Info.Name} knows least, by {options.Measure.ToString().ToLowerInvariant()}; "
            + "one that looks like another above it falls behind.");
        page.Add("Images", ReportParts.Pictures(["image", "what the model sees", "where it is unsure"], suggestions.Select((s, i) => Row(s, i + 1, segmenter, cancellation))));
        page.Write(Path.Combine(folder, Page));
    }

    private static (string Caption, IReadOnlyList<string> Images) Row(Suggestion suggestion, int rank, Segmenter segmenter, CancellationToken cancellation)
    {
        using RgbaImage image = Small(suggestion.Path);
        using SegmentationScores scores = segmenter.Score(image, cancellation);
        using SegmentationMask mask = scores.ToMask();
        using RgbaImage overlay = Overlay.Draw(image, mask, new OverlayOptions { Legend = false });
        using RgbaImage unsure = Grey(scores.Uncertainty(), image.Width, image.Height);
        string caption = string.Create(CultureInfo.InvariantCulture, $"{rank}. {Path.GetFileName(suggestion.Path)}: {suggestion.Information:0.000}, novelty {suggestion.Novelty:0.00}");
        return (caption, [DataUri.OfPhoto(image), DataUri.OfPhoto(overlay), DataUri.OfPhoto(unsure)]);
    }

    private static RgbaImage Small(string path)
    {
        RgbaImage image = ImageFile.Read(path);
        double scale = (double)PictureSide / Math.Max(image.Width, image.Height);
        if (scale >= 1)
        {
            return image;
        }
        using (image)
        {
            return ImageResizer.Resize(image, Math.Max(1, (int)(image.Width * scale)), Math.Max(1, (int)(image.Height * scale)));
        }
    }

    private static RgbaImage Grey(float[] shares, int width, int height)
    {
        var image = new RgbaImage(width, height);
        for (int i = 0; i < shares.Length; i++)
        {
            byte level = (byte)Math.Clamp(MathF.Round(255 * shares[i]), 0, 255);
            (image.Pixels[4 * i], image.Pixels[4 * i + 1], image.Pixels[4 * i + 2], image.Pixels[4 * i + 3]) = (level, level, level, 255);
        }
        return image;
    }
}
