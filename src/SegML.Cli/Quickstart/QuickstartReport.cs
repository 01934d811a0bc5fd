using System.Globalization;
using SegML.Cli.Reports;
using SegML.Drawing;
using SegML.Images;
using SegML.Masks;
using SegML.Onnx;
using SegML.Onnx.Analysis;
using SegML.Pipelines;
using SegML.Training;

namespace SegML.Cli.Quickstart;

/// <summary>What the quickstart reports, on the page that all reports share.</summary>
internal static class QuickstartReport
{
    // A picture of some two screens.
    private const int GraphBlocks = 20;

    public static void Write(QuickstartFolder folder, QuickstartOptions options, Pipeline pipeline, TrainingResult training,
        OnnxExportReport export, QuickstartScores scores, IReadOnlyList<(string Step, TimeSpan Time)> steps)
    {
        var page = new ReportPage("SegML quickstart", Text(
            $"A network trained on {options.Scenes} drawn road scenes, exported to ONNX, and tried on {options.TestScenes.Of("scene")} it has not seen, through an ML.NET pipeline that was saved and loaded again."));
        page.Add("Summary", Summary(training, export, scores, steps));
        page.Add("Predictions", Pictures(pipeline.Classes, scores));
        page.Add("Classes", MetricsTables.PerClass(scores.Metrics));
        page.Add("Confusion matrix", MetricsTables.Confusion(scores.Metrics.ConfusionMatrix));
        page.Add("Training", Curves(pipeline, training));
        page.Add("Network", Network(folder.Onnx, pipeline.Input));
        page.Add("Export parity", Parity(export));
        page.Add("Timings", ReportParts.Timings(steps));
        page.Add("Your own data", Html.Of($"""
            <p>The same steps on your own images. Begin with a copy of this folder's pipeline.json: give it your classes and folders.</p>
            {ReportParts.Commands(QuickstartCommands.ForOwnData)}
            """));
        page.Write(folder.Report);
    }

    private static Html Summary(TrainingResult training, OnnxExportReport export, QuickstartScores scores, IReadOnlyList<(string Step, TimeSpan Time)> steps)
    {
        long images = Math.Max(1, scores.Count);
        return ReportParts.Tiles(
        [
            (Text($"mean IoU on {scores.Count} unseen scenes"), Text($"{scores.Metrics.MeanIoU:0.000}")),
            ("pixel accuracy", Text($"{100 * scores.Metrics.PixelAccuracy:0.0} %")),
            ("largest difference between network and ONNX file", Text($"{export.MaxDifference:0.0e0}")),
            ("a scene, from file to mask", Text($"{scores.Time.TotalMilliseconds / images:0.0} ms")),
            ("training", ReportParts.Seconds(training.Elapsed.TotalSeconds)),
            ("all steps", ReportParts.Seconds(steps.Sum(s => s.Time.TotalSeconds))),
        ]);
    }

    private static Html Curves(Pipeline pipeline, TrainingResult training)
    {
        string png = DataUri.OfPng(File.ReadAllBytes(Path.Combine(training.RunFolder, "curves.png")));
        return Html.Of($"""
            <p>{Text($"{pipeline.Network.Name}, {pipeline.Training.Epochs.Of("epoch")}; the weights of epoch {training.BestEpoch} were best on the validation scenes (mean IoU {training.BestMeanIoU:0.000}) and are the ones exported.")}</p>
            <img class="curves" src="{png}" alt="Training curves">
            """);
    }

    private static Html Network(string onnx, InputOptions input)
    {
        OnnxSummary summary = ModelCosts.Read(onnx, input.Width, input.Height, GraphBlocks);
        string picture = DataUri.OfSvg(summary.ToSvg());
        return Html.Of($"""
            <p>{ModelCosts.Text(summary, input.Width, input.Height)}. Each block is a module of the exported model, with the shapes of what goes in and out; the darker ones do most of the work.</p>
            <img class="graph" src="{picture}" alt="The network's graph">
            """);
    }

    private static Html Pictures(ClassSet classes, QuickstartScores scores)
    {
        var plain = new OverlayOptions { Opacity = 0.6, Legend = false };
        IEnumerable<(string, IReadOnlyList<string>)> rows = scores.Shown.Select(scene =>
        {
            using RgbaImage image = ImageFile.Read(scene.ImagePath);
            using RgbaImage truth = Overlay.Draw(image, scene.Truth, plain), predicted = Overlay.Draw(image, scene.Predicted, plain);
            IReadOnlyList<string> pictures = [DataUri.OfPhoto(image), DataUri.OfPhoto(truth), DataUri.OfPhoto(predicted)];
            return (Text($"{Path.GetFileName(scene.ImagePath)}: {100 * scene.PixelAccuracy:0.0} % of the pixels right"), pictures);
        });
        return Html.Of($"{MetricsTables.Legend(classes)}{ReportParts.Pictures(["Input", "Truth", "Prediction"], rows)}");
    }

    private static Html Parity(OnnxExportReport export) => Html.Of($"""
        <p>The ONNX file was run in ONNX Runtime beside the trained network in TorchSharp on the same random input. A file that differs is not written.</p>
        {ReportParts.Table(["Input [N, C, H, W]", "Largest difference of a logit", "Pixels with the same class"], export.Shapes.Select(shape => (string[])
            [
                string.Join(" × ", shape.InputShape), Text($"{shape.MaxDifference:0.0e0}"), Text($"{100 * shape.ArgmaxAgreement:0.000} %"),
            ]))}
        """);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
