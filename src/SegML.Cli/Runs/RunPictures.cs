using System.Globalization;
using SegML.Cli.Reports;
using SegML.Drawing;
using SegML.Images;
using SegML.Masks;
using SegML.Training;
using SegML.Training.Models;
using SegML.Training.Runs;

namespace SegML.Cli.Runs;

/// <summary>The pictures of a run's page.</summary>
internal static class RunPictures
{
    private const int Widest = 640, EpochsShown = 4;
    private static readonly OverlayOptions Look = new() { Opacity = 0.6, Legend = false };

    /// <summary>Images beside truth, prediction and error map.</summary>
    public static Html Examples(ClassSet classes, IReadOnlyList<ReviewedImage> images)
    {
        if (images.Count == 0)
        {
            return Html.Of($"<p>The split is too small for both.</p>");
        }
        IEnumerable<(string, IReadOnlyList<string>)> rows = images.Select(reviewed =>
        {
            using RgbaImage image = ImageFile.Read(reviewed.Item.ImagePath);
            using RgbaImage truth = Overlay.Draw(image, reviewed.Truth, Look), predicted = Overlay.Draw(image, reviewed.Predicted, Look);
            using RgbaImage errors = ErrorMap.Draw(image, reviewed.Truth, reviewed.Predicted);
            string caption = string.Create(CultureInfo.InvariantCulture,
                $"{Path.GetFileName(reviewed.Item.ImagePath)}: mean IoU of its classes {100 * reviewed.MeanIoU:0.0} %, {100 * reviewed.PixelAccuracy:0.0} % of the pixels right");
            return (caption, (IReadOnlyList<string>)[Small(image), Small(truth), Small(predicted), Small(errors)]);
        });
        return Html.Of($"""
            <ul class="legend">{MetricsTables.LegendItems(classes)}<li>{MetricsTables.Swatch(ErrorMap.Wrong)}wrong</li><li>{MetricsTables.Swatch(ErrorMap.Ignored)}ignored</li></ul>
            {ReportParts.Pictures(["Image", "Truth", "Prediction", "Errors"], rows)}
            """);
    }

    /// <summary>What the network made of the same images as it learnt; null where none were drawn.</summary>
    public static Html? Samples(RunRecord run)
    {
        int[] drawn = [.. run.Epochs.Select(e => e.Epoch).Where(epoch => run.SamplesOf(epoch).Count > 0)];
        if (drawn.Length == 0)
        {
            return null;
        }
        int count = Math.Min(EpochsShown, drawn.Length);
        // The first and the last, and others evenly between them.
        int[] shown = [.. Enumerable.Range(0, count).Select(i => drawn[count == 1 ? ^1 : i * (drawn.Length - 1) / (count - 1)])];
        IEnumerable<(string, IReadOnlyList<string>)> rows = run.SamplesOf(drawn[^1]).Select(sample =>
        {
            (string image, string truth) = run.SampleTruth(sample.Sample);
            IEnumerable<string> files = [image, truth, .. shown.SelectMany(run.SamplesOf).Where(s => s.Sample == sample.Sample).Select(s => s.Path)];
            return ($"Sample {sample.Sample}", (IReadOnlyList<string>)[.. files.Select(DataUri.OfJpegFile)]);
        });
        return Html.Of($"""
            {MetricsTables.Legend(run.Pipeline.Classes)}
            {ReportParts.Pictures(["Image", "Truth", .. shown.Select(epoch => $"Epoch {epoch}")], rows)}
            """);
    }

    private static string Small(RgbaImage image)
    {
        if (image.Width <= Widest)
        {
            return DataUri.OfPhoto(image);
        }
        using RgbaImage small = ImageResizer.Resize(image, Widest, Math.Max(1, (int)((long)image.Height * Widest / image.Width)));
        return DataUri.OfPhoto(small);
    }
}
