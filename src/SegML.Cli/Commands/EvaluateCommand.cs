using System.CommandLine;
using System.Text.Json.Nodes;
using Microsoft.ML;
using SegML.Cli.Terminal;
using SegML.Datasets;
using SegML.Evaluation;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Training;

namespace SegML.Cli.Commands;

/// <summary>
/// <c>segml evaluate</c>: figures of a model on a split, scored through the ML.NET chain that apps use. Given a run's folder
/// instead of a model, it scores the best checkpoint with TorchSharp, which shows that both agree.
/// </summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        var model = new Argument<string>("model") { Description = "A model (ONNX), or a run's folder to score its best checkpoint with TorchSharp." };
        Argument<string> pipeline = SharedOptions.Pipeline();
        Option<string> split = SharedOptions.Split();
        Option<string?> data = SharedOptions.Data();
        Option<ComputeDevice> device = SharedOptions.Device();
        Option<bool> json = SharedOptions.Json("Print the figures and the confusion matrix as JSON.");
        var command = new Command("evaluate", "Measure a model: IoU, Dice, precision, recall, boundary F1, confusion matrix.") { model, pipeline, split, data, device, json };
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(parsed.GetValue(model)!,
            PipelineFile.Read(parsed.GetValue(pipeline)!, parsed.GetValue(data)), parsed.GetValue(split)!,
            parsed.GetValue(device), parsed.GetValue(json), cancellation)));
        return command;
    }

    private static int Run(string model, Pipeline pipeline, string split, ComputeDevice device, bool json, CancellationToken cancellation)
    {
        IReadOnlyList<DatasetItem> items = Dataset.List(pipeline, split);
        bool isRun = Directory.Exists(model);
        SegmentationMetrics metrics = WorkProgress.Run("evaluate", progress => isRun
            ? ModelEvaluation.Evaluate(model, split, pipeline.Data.Root, device, cancellation)
            : Evaluate(model, Counted(items, pipeline.Classes, progress, cancellation), device));
        if (json)
        {
            JsonObject figures = metrics.ToJson();
            figures["model"] = model;
            figures["split"] = split;
            figures["images"] = items.Count;
            figures["scoredWith"] = isRun ? "TorchSharp" : "ONNX Runtime through ML.NET";
            Console.WriteLine(figures.ToJsonString());
        }
        else
        {
            Console.WriteLine($"{items.Count} images of {split}, counted over all of their pixels together, ignored ones left out");
            Console.WriteLine(metrics);
            Console.WriteLine();
            Console.WriteLine(metrics.ConfusionMatrix);
        }
        return ExitCode.Done;
    }

    private static SegmentationMetrics Evaluate(string model, IEnumerable<Row> rows, ComputeDevice device)
    {
        var ml = new MLContext(seed: 1);
        IDataView data = ml.Data.LoadFromEnumerable(rows);
        var scoring = ml.Transforms.ApplySegmentationModel("PredictedMask", nameof(Row.ImagePath), model, new SegmenterOptions { Device = device });
        return ml.MulticlassClassification.EvaluateSegmentation(scoring.Fit(data).Transform(data), nameof(Row.Mask), "PredictedMask");
    }

    private static IEnumerable<Row> Counted(IReadOnlyList<DatasetItem> items, ClassSet classes, WorkProgress progress, CancellationToken cancellation)
    {
        for (int i = 0; i < items.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            yield return new Row { ImagePath = items[i].ImagePath, Mask = items[i].ReadMask(classes) };
            progress.Report(i + 1, items.Count);
        }
    }

    /// <summary>A row as ML.NET reads it. The rows are made one by one, which is what drives the progress.</summary>
    private sealed class Row
    {
        public string ImagePath { get; set; } = "";

        public SegmentationMask? Mask { get; set; }
    }
}
