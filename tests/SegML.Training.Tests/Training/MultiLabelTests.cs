using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.ML;
using Microsoft.ML.Data;
using SegML.Evaluation;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Tests.Cli;
using SegML.Tests.Images;
using SegML.Tests.Masks;
using SegML.Training.Losses;
using SegML.Training.MLNet;
using SegML.Training.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Tests.Training;

/// <summary>Classes that overlap, from masks to a model: sigmoids, thresholds chosen on val, a mask for each class.</summary>
[TestClass]
public sealed class MultiLabelTests
{
    [TestMethod]
    public void TheTerminalTrainsExportsEvaluatesAndPredictsThem()
    {
        using var folder = new TemporaryFolder();
        string pipeline = OverlapScenes.Write(folder, 8), model = folder.File("organs.onnx"), results = folder.File("results");
        Succeeds("check", pipeline);
        Succeeds("train", pipeline, "--out", folder.File("run"), "--device", "cpu");
        Succeeds("export", folder.File("run"), "--out", model);
        JsonNode card = JsonNode.Parse(File.ReadAllText(folder.File("run/best.json")))!["validation"]!;
        JsonNode figures = JsonNode.Parse(Succeeds("evaluate", model, pipeline, "--split", "val", "--json"))!;
        Assert.IsGreaterThan(0.7, (double)figures["meanIoU"]!);
        Assert.AreEqual((double)card["meanIoU"]!, (double)figures["meanIoU"]!, 0.0005);
        Assert.AreEqual((double)card["meanIoU"]!, (double)JsonNode.Parse(Succeeds("evaluate", folder.File("run"), pipeline, "--split", "val", "--json"))!["meanIoU"]!, 0.0005);
        double[] thresholds = [.. card["thresholds"]!.AsArray().Select(t => (double)t!)];
        CollectionAssert.AreEqual(thresholds, ModelInfo.Read(model).Classes.Thresholds!.ToArray());
        CollectionAssert.AreEqual(thresholds, figures["classes"]!.AsArray().Select(c => (double)c!["threshold"]!).ToArray());

        Succeeds("predict", model, folder.File("val/images"), "--out", results, "--scores");
        using Segmenter segmenter = Segmenter.Load(model);
        using SegmentationMask mask = segmenter.Predict(folder.File("val/images/00.png"));
        for (int c = 0; c < 2; c++)
        {
            using SegmentationMask own = mask.Of(c);
            RawMask written = MaskFile.ReadRaw(Path.Combine(results, mask.Classes.Names[c], "00.png"));
            CollectionAssert.AreEqual(own.Ids.ToArray(), Enumerable.Range(0, own.Ids.Length).Select(i => (byte)written[i]).ToArray());
        }
        Assert.IsTrue(mask.Ids.Contains((byte)3), "no pixel is of both classes");
        Assert.IsTrue(File.Exists(Path.Combine(results, "00.overlay.jpg")));
        JsonNode views = JsonNode.Parse(Succeeds("evaluate", model, pipeline, "--split", "val", "--flip", "--json"))!;
        Assert.IsGreaterThan(0.7, (double)views["meanIoU"]!);
        InTiles(model);
    }

    /// <summary>A large image of many scenes is scored the same in tiles of two sizes, and its classes are found there.</summary>
    private static void InTiles(string model)
    {
        const int Across = 10, Width = Across * OverlapScenes.Width, Height = Across * OverlapScenes.Height;
        using var image = new RgbaImage(Width, Height);
        var truth = new SegmentationMask(Width, Height, OverlapScenes.Classes);
        for (int i = 0; i < Across * Across; i++)
        {
            (RgbaImage part, SegmentationMask mask) = OverlapScenes.Draw(5000 + i);
            (int top, int left) = (i / Across * OverlapScenes.Height, i % Across * OverlapScenes.Width);
            for (int y = 0; y < OverlapScenes.Height; y++)
            {
                int to = (top + y) * Width + left;
                part.Pixels.Slice(4 * y * OverlapScenes.Width, 4 * OverlapScenes.Width).CopyTo(image.Pixels[(4 * to)..]);
                mask.Ids.Slice(y * OverlapScenes.Width, OverlapScenes.Width).CopyTo(truth.Ids[to..]);
            }
            part.Dispose();
        }
        SegmentationMask[] masks = [.. new[] { 192, 256 }.Select(size =>
        {
            using Segmenter segmenter = Segmenter.Load(model, new SegmenterOptions { Tiles = new TileOptions { Size = size, AbovePixels = 0 } });
            return segmenter.Predict(image);
        })];
        Assert.AreEqual(0, masks[0].Ids.ToArray().Zip(masks[1].Ids.ToArray()).Count(p => p.First != p.Second));
        var evaluator = new SegmentationEvaluator(OverlapScenes.Classes);
        evaluator.Add(truth, masks[0]);
        Assert.IsGreaterThan(0.6, evaluator.ToMetrics().MeanIoU);
    }

    [TestMethod]
    public void AnAppTrainsSavesAndScoresThem()
    {
        using var folder = new TemporaryFolder();
        Pipeline pipeline = PipelineFile.Read(OverlapScenes.Write(folder, 8));
        var ml = new MLContext(1);
        IDataView train = Rows("train", 8), test = Rows("val", 3);
        IEstimator<ITransformer> masks = ml.Transforms.LoadMasks("Mask", nameof(Row.MaskPath), pipeline.Classes);
        ImageSegmentationTrainer.Options options = ImageSegmentationTrainer.Options.From(pipeline);
        options.FeatureColumnName = nameof(Row.ImagePath);
        options.ValidationSet = masks.Fit(train).Transform(test);
        ITransformer model = masks.Append(ml.MulticlassClassification.Trainers.ImageSegmentation(options)).Append(ml.Transforms.OneHotEncodeMask("Planes", "PredictedMask", pipeline.Classes)).Fit(train);
        SegmentationMetrics metrics = ml.MulticlassClassification.EvaluateSegmentation(model.Transform(test));
        Assert.IsGreaterThan(0.7, metrics.MeanIoU);

        ml.Model.Save(model, train.Schema, folder.File("model.zip"));
        IDataView scored = new MLContext().Model.Load(folder.File("model.zip"), out _).Transform(test);
        Assert.AreEqual(metrics.MeanIoU, ml.MulticlassClassification.EvaluateSegmentation(scored).MeanIoU);
        SegmentationMask mask = scored.GetColumn<SegmentationMask>("PredictedMask").First();
        float[] planes = scored.GetColumn<float[]>("Planes").First();
        Assert.HasCount(2 * OverlapScenes.Width * OverlapScenes.Height, planes);
        for (int i = 0; i < planes.Length; i++)
        {
            (int c, int at) = Math.DivRem(i, mask.Ids.Length);
            Assert.AreEqual(mask.Ids[at] >> c & 1, planes[i]);
        }

        IDataView Rows(string split, int count) => ml.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(i => new Row
        {
            ImagePath = folder.File(string.Create(CultureInfo.InvariantCulture, $"{split}/images/{i:00}.png")),
            MaskPath = folder.File(string.Create(CultureInfo.InvariantCulture, $"{split}/masks/{{class}}/{i:00}.png")),
        }));
    }

    [TestMethod]
    public void TheLossesAreOfEachClassByItself()
    {
        manual_seed(3);
        using Tensor logits = randn(2, 2, 3, 4), labels = tensor(new byte[] { 0, 1, 2, 3, 255, 1, 2, 3, 0, 0, 3, 1, 0, 1, 2, 3, 3, 1, 2, 3, 0, 0, 255, 1 }, [2, 3, 4], ScalarType.Byte);
        float[] weights = [1, 3];
        double bce = 0, weight = 0, dice = 0;
        for (int c = 0; c < 2; c++)
        {
            double both = 0, guessed = 0, there = 0;
            for (int i = 0; i < 24; i++)
            {
                int label = labels.data<byte>()[i], n = i / 12, at = i % 12;
                if (label == 255)
                {
                    continue;
                }
                double z = logits[n, c, at / 4, at % 4].item<float>(), p = 1 / (1 + Math.Exp(-z)), t = label >> c & 1;
                bce -= weights[c] * (t * Math.Log(p) + (1 - t) * Math.Log(1 - p));
                weight += weights[c];
                (both, guessed, there) = (both + p * t, guessed + p, there + t);
            }
            dice += (1 - 2 * both / (guessed + there)) / 2;
        }
        // Cross entropy is the binary one.
        foreach ((LossKind kind, double expected) in ((LossKind, double)[])[(LossKind.CrossEntropy, bce / weight), (LossKind.BinaryCrossEntropy, bce / weight), (LossKind.Dice, dice)])
        {
            using var loss = new SegmentationLoss([new LossOptions { Kind = kind }], weights, 0, 255, CPU, overlap: true);
            Assert.AreEqual(expected, loss.Compute(logits, labels).item<float>(), 1e-5, kind.ToString());
        }
    }

    [TestMethod]
    public void EachThresholdIsTheOneWithTheGreatestDiceAndTheFiguresAreThoseOfItsMasks()
    {
        var random = new Random(5);
        (_, SegmentationMask truth) = OverlapScenes.Draw(7);
        int pixels = truth.Ids.Length;
        var scores = new float[2 * pixels];
        for (int i = 0; i < scores.Length; i++)
        {
            // Class 0 is told apart at 0.2, class 1 at 0.7.
            bool there = (truth.Ids[i % pixels] >> i / pixels & 1) == 1;
            double at = i < pixels ? 0.2 : 0.7;
            scores[i] = (float)Math.Clamp(at + (there ? 0.1 : -0.1) + 0.14 * (random.NextDouble() - 0.5), 0, 1);
        }
        var choice = new ThresholdChoice(OverlapScenes.Classes);
        choice.Add(truth.Ids, scores);
        SegmentationMetrics metrics = choice.ToMetrics();
        IReadOnlyList<double> thresholds = metrics.ConfusionMatrix.Classes.Thresholds!;
        Assert.AreEqual(0.2, thresholds[0], 0.05);
        Assert.AreEqual(0.7, thresholds[1], 0.05);
        Assert.AreEqual(1, metrics.MeanIoU);

        for (int i = 0; i < scores.Length; i++)
        {
            // Noise among which a few values are exactly a threshold.
            scores[i] = i % 7 == 0 ? 0.5f : random.NextSingle();
        }
        var noisy = new ThresholdChoice(OverlapScenes.Classes);
        noisy.Add(truth.Ids, scores);
        metrics = noisy.ToMetrics();
        var mask = new SegmentationMask(truth.Width, truth.Height, metrics.ConfusionMatrix.Classes);
        Sigmoids.Classify(scores, metrics.ConfusionMatrix.Classes.Thresholds!, mask.Ids);
        var evaluator = new SegmentationEvaluator(OverlapScenes.Classes) { MeasuresObjects = false };
        evaluator.Add(truth, mask);
        CollectionAssert.AreEqual(evaluator.ToMetrics().PerClassIoU.ToArray(), metrics.PerClassIoU.ToArray());
    }

    private static string Succeeds(params string[] command)
    {
        Segml.Result result = Segml.Run(command);
        Assert.AreEqual(0, result.Code, $"segml {string.Join(' ', command)}: {result.Error}");
        return result.Output;
    }

    private sealed class Row
    {
        public string ImagePath { get; set; } = "";

        public string MaskPath { get; set; } = "";
    }
}
