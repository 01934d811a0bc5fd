using System.Globalization;
using SegML.Cli.Reports;
using SegML.Evaluation;
using SegML.Pipelines;
using SegML.Training;
using SegML.Training.Models;
using SegML.Training.Runs;

namespace SegML.Cli.Runs;

/// <summary>A run as a page: curves, classes over time, and, where there is data to validate on, what its best checkpoint does there.</summary>
internal static class RunReport
{
    /// <summary>Images shown of the best, and of the worst.</summary>
    public const int Shown = 4;

    /// <param name="run">The run.</param>
    /// <param name="review">Its best checkpoint on the validation split; null: there is none.</param>
    public static ReportPage Of(RunRecord run, RunReview? review)
    {
        var page = new ReportPage(run.Pipeline.Name, Introduction(run));
        page.Add("Summary", Summary(run, review));
        page.Add("Curves", Curves(run));
        if (run.Best is { PerClassIoU.Count: > 0 } best)
        {
            page.Add("Classes over time", Html.Of($"""
                <p>{Text($"IoU of each class on the validation images, from 0 to 100 %, over epochs 1 to {run.Epochs[^1].Epoch}; the dot and the figure are those of epoch {best.Epoch}.")}</p>
                {ClassCharts.Of(run.Pipeline.Classes, c => [.. Validations(run).Select(e => ((double)e.Epoch, e.PerClassIoU[c]))], best.Epoch)}
                """));
        }
        if (review is not null)
        {
            SegmentationMetrics metrics = review.Metrics;
            page.Add("Classes", MetricsTables.PerClass(metrics));
            page.Add("Outlines and objects", MetricsTables.Objects(metrics));
            if (!run.Pipeline.Classes.IsMultiLabel)
            {
                page.Add("Confusion matrix", MetricsTables.Confusion(metrics.ConfusionMatrix));
                page.Add("Calibration", Calibrated(review.Calibration));
            }
            page.Add("Worst images", RunPictures.Examples(run.Pipeline.Classes, review.Worst));
            page.Add("Best images", RunPictures.Examples(run.Pipeline.Classes, review.Best));
        }
        if (RunPictures.Samples(run) is { } samples)
        {
            page.Add("Samples over time", samples);
        }
        page.Add("Timings and memory", Timings(run));
        page.Add("Where it ran", RunOrigin.Of(run));
        page.Add("Pipeline", Html.Of($"<p>Every option, defaults too. The run's pipeline.json holds the same.</p><pre class=\"tall\"><code>{PipelineFile.ToJson(run.Pipeline).TrimEnd()}</code></pre>"));
        return page;
    }

    private static string Introduction(RunRecord run)
    {
        int done = run.Epochs.Count == 0 ? 0 : run.Epochs[^1].Epoch, planned = run.Pipeline.Training.Epochs;
        string epochs = done == planned ? Text($"{done.Of("epoch")}") : Text($"{done} of {planned.Of("epoch")}");
        string seed = Text($"seed {run.Pipeline.Training.Seed}");
        return run.Best is { } best
            ? Text($"{run.Pipeline.Network.Name}, {epochs}, {seed}. The weights of epoch {best.Epoch} were best on the validation images; everything below that is not over time was measured with them.")
            : Text($"{run.Pipeline.Network.Name}, {epochs}, {seed}.");
    }

    private static Html Summary(RunRecord run, RunReview? review) => ReportParts.Tiles(
    [
        (run.Best is { } best ? Text($"{run.Monitor.Name} on validation images, epoch {best.Epoch}") : "no validation", run.Best is { } b ? Text($"{run.FigureOf(b):0.000}") : "–"),
        .. run.Monitor.IsMeanIoU ? [] : ((string, string)[])[("mean IoU over all classes", run.Best is { } m ? Text($"{m.MeanIoU:0.000}") : "–")],
        ("pixel accuracy", run.Best is { } a ? Text($"{100 * a.PixelAccuracy:0.0} %") : "–"),
        ("expected calibration error", review is null ? "–" : Text($"{100 * review.Calibration.ExpectedError:0.0} %")),
        ("parameters", Text($"{run.CountParameters() / 1e6:0.00} M")),
        ("training and validation", ReportParts.Seconds(run.Time.TotalSeconds)),
        ("peak memory", Memory(run.PeakMemory)),
    ]);

    private static Html Curves(RunRecord run)
    {
        ChartLine loss = new("training loss", [.. run.Epochs.Select(e => ((double)e.Epoch, e.Loss))]);
        ChartLine validationLoss = new("validation loss", [.. run.Epochs.Where(e => !double.IsNaN(e.ValidationLoss)).Select(e => ((double)e.Epoch, e.ValidationLoss))], Dots: true);
        ChartLine rate = new("learning rate", [.. run.Epochs.Select(e => ((double)e.Epoch, e.LearningRate))]);
        Html validation = run.Best is null ? Html.Empty : LineChart.Of("Validation", "epoch",
        [
            .. run.Monitor.IsMeanIoU || run.Monitor.LessIsBetter ? [] : (ChartLine[])[new(run.Monitor.Name, [.. Validations(run).Select(e => ((double)e.Epoch, run.FigureOf(e)))], Dots: true)],
            new("mean IoU", [.. Validations(run).Select(e => ((double)e.Epoch, e.MeanIoU))], Dots: true),
            new("pixel accuracy", [.. Validations(run).Select(e => ((double)e.Epoch, e.PixelAccuracy))], Dots: true),
        ], top: 1, wide: true);
        return LineChart.Grid(validation, validationLoss.Points.Count == 0 ? LineChart.Of("Training loss", "epoch", [loss]) : LineChart.Of("Loss", "epoch", [loss, validationLoss]), LineChart.Of("Learning rate at the epoch's end", "epoch", [rate]));
    }

    private static Html Calibrated(Calibration calibration) => Html.Of($"""
        <p>Where the network gives its chosen class a probability of 80 %, 80 % of the pixels ought to be right: the blue bars would end on the dashed line. Red above blue: more are right than that. Hollow red: fewer are. Below: how many pixels have such a probability.</p>
        <div class="beside">{ReliabilityDiagram.Of(calibration)}
        {ReportParts.Table(["Over all labelled pixels", ""],
        [
            ["Expected calibration error", Text($"{100 * calibration.ExpectedError:0.00} %")],
            ["Mean probability of the chosen class", Text($"{100 * calibration.MeanConfidence:0.00} %")],
            ["Pixels that are right", Text($"{100 * calibration.Accuracy:0.00} %")],
            ["Pixels", Text($"{calibration.Pixels:N0}")],
        ])}</div>
        """);

    private static Html Timings(RunRecord run)
    {
        double validation = run.Epochs.Sum(e => e.ValidationSeconds);
        ChartLine memory = new("peak memory", [.. run.Epochs.Where(e => e.PeakMemory > 0).Select(e => ((double)e.Epoch, e.PeakMemory))]);
        return Html.Of($"""
            {ReportParts.Timings([("Training", run.Time - TimeSpan.FromSeconds(validation)), ("Validation and sample predictions", TimeSpan.FromSeconds(validation))])}
            {(memory.Points.Count == 0 ? Html.Empty : LineChart.Grid(LineChart.Of("Peak memory of the process so far, MB", "epoch", [memory], wide: true)))}
            """);
    }

    private static IEnumerable<EpochRecord> Validations(RunRecord run) => run.Epochs.Where(e => e.PerClassIoU.Count > 0 || !double.IsNaN(e.MeanIoU));

    private static string Memory(double megabytes) => megabytes == 0 ? "–" : Text($"{megabytes:N0} MB");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
