using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.ML;
using SegML.Cli.Terminal;
using SegML.Datasets;
using SegML.Evaluation;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Training;
using SegML.Training.Models;

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
        var command = new Command("evaluate", "Measure a model or a run on a split: IoU, Dice, precision, recall, boundary F1.") { model, pipeline, split, data, device, json };
        var scoring = new ScoringOptions();
        scoring.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(parsed.GetValue(model)!,
            PipelineFile.Read(parsed.GetValue(pipeline)!, parsed.GetValue(data)), parsed.GetValue(split)!,
            scoring.Read(parsed) with { Device = parsed.GetValue(device) }, parsed.GetValue(json), cancellation)));
        return command;
    }

    private static int Run(string model, Pipeline pipeline, string split, SegmenterOptions options, bool json, CancellationToken cancellation)
    {
        IReadOnlyList<DatasetItem> items = Dataset.List(pipeline, split);
        bool isRun = Directory.Exists(model), augments = TestTimeOptions.Augments(options);
        if (isRun && (augments || options.Tiles is not null || options.MinComponentArea > 0))
        {
            throw new ScoringOptionsException("test-time augmentation, --tile-size and --min-area", $"are for models, and {model} is a run's folder", "export the run, and evaluate the model");
        }
        SegmentationMetrics metrics = WorkProgress.Run("evaluate", progress => isRun
            ? ModelEvaluation.Evaluate(model, split, pipeline.Data.Root, options.Device ?? ComputeDevice.Auto, cancellation)
            : Evaluate(model, Counted(items, pipeline.Classes, progress, cancellation), TestTimeOptions.Plain(options)));
        SegmentationMetrics? augmented = !augments ? null : WorkProgress.Run("test-time augmentation", progress =>
            Evaluate(model, Counted(items, pipeline.Classes, progress, cancellation), options));
        if (json)
        {
            JsonObject figures = metrics.ToJson();
            figures["model"] = model;
            figures["split"] = split;
            figures["images"] = items.Count;
            figures["scoredWith"] = isRun ? "TorchSharp" : "ONNX Runtime through ML.NET";
            if (options.Tiles is { } tiles)
            {
                figures["tileSize"] = tiles.Size;
            }
            if (options.MinComponentArea > 0)
            {
                figures["minComponentArea"] = options.MinComponentArea;
            }
            if (augmented is not null)
            {
                figures["testTimeAugmentation"] = Json(augmented, options);
            }
            Console.WriteLine(figures.ToJsonString());
        }
        else
        {
            Console.WriteLine($"{items.Count.Of("image")} of {split}, counted over all of their pixels together, ignored ones left out{Scored(options)}");
            Console.WriteLine(metrics);
            PrintMatrix(metrics);
            if (augmented is not null)
            {
                Console.WriteLine();
                Console.WriteLine($"with test-time augmentation ({TestTimeOptions.Describe(options)}), {TestTimeOptions.Cost(options)} times the network's work; the figures above are without it");
                Console.WriteLine(augmented);
                PrintMatrix(augmented);
            }
            Console.WriteLine();
            NextSteps.Print(NextSteps.AfterEvaluation(model, pipeline, split, augments));
        }
        return ExitCode.Done;
    }

    private static void PrintMatrix(SegmentationMetrics metrics)
    {
        if (!metrics.ConfusionMatrix.Classes.IsMultiLabel)
        {
            Console.WriteLine();
            Console.WriteLine(metrics.ConfusionMatrix);
        }
    }

    private static string Scored(SegmenterOptions options)
    {
        string tiles = options.Tiles is { } t ? string.Create(CultureInfo.InvariantCulture, $"; scored in tiles of {t.Size.Of("pixel")}") : "";
        return options.MinComponentArea > 0 ? string.Create(CultureInfo.InvariantCulture, $"{tiles}; areas below {options.MinComponentArea.Of("pixel")} absorbed") : tiles;
    }

    private static JsonObject Json(SegmentationMetrics metrics, SegmenterOptions options)
    {
        JsonObject figures = metrics.ToJson();
        figures["flip"] = options.Flip;
        figures["verticalFlip"] = options.VerticalFlip;
        figures["rotate90"] = options.Rotate90;
        figures["scales"] = new JsonArray([.. options.Scales.Select(s => JsonValue.Create(s))]);
        return figures;
    }

    private static SegmentationMetrics Evaluate(string model, IEnumerable<Row> rows, SegmenterOptions options)
    {
        var ml = new MLContext(seed: 1);
        ml.Log += Warnings.Print;
        IDataView data = ml.Data.LoadFromEnumerable(rows);
        var scoring = ml.Transforms.ApplySegmentationModel("PredictedMask", nameof(Row.ImagePath), model, options);
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
