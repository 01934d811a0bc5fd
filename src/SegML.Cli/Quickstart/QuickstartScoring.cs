using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using SegML.Datasets;
using SegML.Evaluation;
using SegML.Masks;

namespace SegML.Cli.Quickstart;

/// <summary>The exported model inside ML.NET: saved with its pipeline, loaded again, and tried on scenes it has not seen.</summary>
internal static class QuickstartScoring
{
    /// <summary>Builds the ML.NET pipeline around the ONNX file and saves it: a path in, a mask out.</summary>
    public static void Save(string onnx, string model, string imageFolder, string maskFolder, ClassSet classes)
    {
        var ml = new MLContext(seed: 1);
        IDataView data = ml.Data.LoadSegmentationFolder(imageFolder, maskFolder);
        ITransformer pipeline = ml.Transforms.LoadMasks("Mask", "MaskPath", classes)
            .Append(ml.Transforms.ApplySegmentationModel("PredictedMask", "ImagePath", onnx))
            .Fit(data);
        ml.Model.Save(pipeline, data.Schema, model);
    }

    /// <summary>Loads the saved pipeline as another application would, and scores a folder with it.</summary>
    /// <param name="model">The saved pipeline.</param>
    /// <param name="imageFolder">Unseen images.</param>
    /// <param name="maskFolder">Their masks.</param>
    /// <param name="shown">How many predictions to keep for the report.</param>
    public static QuickstartScores Score(string model, string imageFolder, string maskFolder, int shown)
    {
        var ml = new MLContext(seed: 1);
        ITransformer pipeline = ml.Model.Load(model, out _);
        IDataView data = ml.Data.LoadSegmentationFolder(imageFolder, maskFolder);
        IDataView scored = pipeline.Transform(data);
        long start = Stopwatch.GetTimestamp();
        SegmentationMetrics metrics = ml.MulticlassClassification.EvaluateSegmentation(scored);
        TimeSpan time = Stopwatch.GetElapsedTime(start);

        IDataView first = pipeline.Transform(ml.Data.TakeRows(data, shown));
        DataViewSchema schema = first.Schema;
        IEnumerable<string> paths = first.GetColumn<ReadOnlyMemory<char>>(schema["ImagePath"]).Select(p => p.ToString());
        IEnumerable<(SegmentationMask, SegmentationMask)> masks = first.GetColumn<SegmentationMask>(schema["Mask"])
            .Zip(first.GetColumn<SegmentationMask>(schema["PredictedMask"]));
        int count = Dataset.Pair(imageFolder, maskFolder).Count;
        return new QuickstartScores(metrics, count, time, [.. paths.Zip(masks, (path, pair) => new ScoredScene(path, pair.Item1, pair.Item2))]);
    }
}

/// <summary>How the saved pipeline did on unseen scenes.</summary>
/// <param name="Metrics">Figures over all of them.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Time">Time for all of them: reading, scoring and comparing.</param>
/// <param name="Shown">Some of them, for the report.</param>
internal sealed record QuickstartScores(SegmentationMetrics Metrics, int Count, TimeSpan Time, IReadOnlyList<ScoredScene> Shown);

/// <summary>One scene's image, true mask and predicted mask.</summary>
internal sealed record ScoredScene(string ImagePath, SegmentationMask Truth, SegmentationMask Predicted)
{
    /// <summary>Share of the pixels that are right, 0-1.</summary>
    public double PixelAccuracy
    {
        get
        {
            var matrix = new SegmentationConfusionMatrix(Truth.Classes);
            matrix.Add(Truth.Ids, Predicted.Ids);
            return new SegmentationMetrics(matrix).PixelAccuracy;
        }
    }
}
