using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Data;
using SegML.Evaluation;
using SegML.Images;
using SegML.Masks;
using SegML.MLNet;
using SegML.Pipelines;
using SegML.Tests.Images;
using SegML.Training;
using SegML.Training.MLNet;

namespace SegML.Tests.MLNet;

/// <summary>The trainer estimator on pictures whose classes are colours: easy enough to learn in seconds.</summary>
[TestClass]
public sealed class ImageSegmentationTrainerTests
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 3);
    private TrainerData _data = null!;

    [TestInitialize]
    public void Prepare() => _data = new TrainerData(_folder, _ml);

    [TestCleanup]
    public void Clean() => _folder.Dispose();

    [TestMethod]
    public void FitLearnsFromPathsAndTheSavedModelScoresWhereNothingCanTrain()
    {
        IDataView data = _data.Paths(8);
        var reports = new List<TrainingProgress>();
        ImageSegmentationTrainer.Options options = TrainerData.Options("ImagePath", epochs: 12);
        options.ValidationSet = _ml.Transforms.LoadMasks("Mask", "MaskPath", TrainerData.Classes).Fit(data).Transform(data);
        options.MetricsCallback = reports.Add;
        var logged = new List<string>();
        _ml.Log += (_, e) => logged.Add(e.RawMessage);

        ITransformer model = _ml.Transforms.LoadMasks("Mask", "MaskPath", TrainerData.Classes)
            .Append(_ml.MulticlassClassification.Trainers.ImageSegmentation(options)).Fit(data);

        SegmentationMetrics metrics = _ml.MulticlassClassification.EvaluateSegmentation(model.Transform(data));
        Assert.IsGreaterThan(0.9, metrics.MeanIoU, metrics.ToString());
        Assert.AreEqual(12, reports[^1].Epoch);
        Assert.IsTrue(reports.Any(r => r.MeanIoU is not null));
        Assert.IsTrue(logged.Any(l => l.Contains("epoch 12/12", StringComparison.Ordinal)));

        // In a process without SegML.Training: same mask, bit for bit.
        _ml.Model.Save(model, data.Schema, _folder.File("model.zip"));
        SegmentationMask expected = _ml.Data.CreateEnumerable<Prediction>(model.Transform(data), reuseRowObject: false).First().PredictedMask!;
        string[] lines = ScoringApp.Run(_folder.File("model.zip"), _folder.File("images/0.png"), _folder.File("masks/0.png"));
        CollectionAssert.Contains(lines, $"PredictedMask {TrainerData.Side}x{TrainerData.Side} {Convert.ToHexString(SHA256.HashData(expected.Ids))}");
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void FitStartsFromAnExportedModelGivenAsAPathOrAsBytes(bool bytes)
    {
        IDataView data = _data.WithMasks(4);
        ImageSegmentationTrainer.Options first = TrainerData.Options("ImagePath", epochs: 2);
        first.WorkspacePath = _folder.File("first");
        _ml.MulticlassClassification.Trainers.ImageSegmentation(first).Fit(data);
        string model = _folder.File("first/segmentation.onnx");

        ImageSegmentationTrainer.Options second = TrainerData.Options("ImagePath", epochs: 1);
        var notes = new List<string>();
        second.MetricsCallback = report => notes.AddRange(report.Notes);
        second.Training = second.Training with { StartFrom = bytes ? null : model };
        second.StartFromModel = bytes ? File.ReadAllBytes(model) : null;
        _ml.MulticlassClassification.Trainers.ImageSegmentation(second).Fit(data);
        Assert.Contains("tensors taken", notes[0]);
        Assert.DoesNotContain("not:", notes[0]);
    }

    [TestMethod]
    public void FitTrainsOnImagesInMemoryAndLeavesThemAlive()
    {
        IDataView paths = _data.WithMasks(2);
        Held[] rows = [.. _ml.Data.CreateEnumerable<Truth>(paths, reuseRowObject: false).Select((row, i) =>
            new Held { Image = MLImage.CreateFromFile(_folder.File($"images/{i}.png")), Mask = row.Mask })];
        IDataView data = _ml.Data.LoadFromEnumerable(rows);
        using ApplySegmentationModelTransformer model = _ml.MulticlassClassification.Trainers
            .ImageSegmentation(TrainerData.Options("Image", epochs: 1)).Fit(data);
        CollectionAssert.AreEqual(TrainerData.Classes.Names.ToArray(), model.Segmenter.Info.Classes.Names.ToArray());
        Assert.AreEqual(TrainerData.Side, model.Segmenter.Info.Input.Width);
        Assert.AreEqual(2, _ml.Data.CreateEnumerable<Prediction>(model.Transform(data), reuseRowObject: false).Count());
        foreach (Held row in rows)
        {
            Assert.AreEqual(TrainerData.Side * TrainerData.Side * 4, row.Image!.Pixels.Length);
            row.Image.Dispose();
        }
    }

    [TestMethod]
    public void OneSeedGivesOneModel()
    {
        byte[][] weights = [.. Enumerable.Range(0, 2).Select(i =>
        {
            ImageSegmentationTrainer.Options options = TrainerData.Options("ImagePath", epochs: 1);
            options.WorkspacePath = _folder.File($"run{i}");
            IDataView data = _data.WithMasks(2);
            using ApplySegmentationModelTransformer model = new MLContext(seed: 3).MulticlassClassification.Trainers.ImageSegmentation(options).Fit(data);
            return File.ReadAllBytes(_folder.File($"run{i}/best.dat"));
        })];
        CollectionAssert.AreEqual(weights[0], weights[1]);
    }

    [TestMethod]
    public void ThePromisedShapeIsTheSchema()
    {
        IDataView data = _data.WithMasks(2);
        ImageSegmentationTrainer trainer = _ml.MulticlassClassification.Trainers.ImageSegmentation(TrainerData.Options("ImagePath", epochs: 1));
        using ApplySegmentationModelTransformer model = trainer.Fit(data);
        string[] promised = [.. trainer.GetOutputSchema(MLNetInternals.ShapeOf(data.Schema)).Select(c => $"{c.Name} {c.Kind} {c.ItemType}")];
        string[] actual = [.. MLNetInternals.ShapeOf(model.Transform(data).Schema).Select(c => $"{c.Name} {c.Kind} {c.ItemType}")];
        CollectionAssert.AreEqual(actual, promised);
    }

    [TestMethod]
    public void ColumnsAreCheckedBeforeAnythingIsRead()
    {
        IDataView data = _data.Paths(1);
        MulticlassClassificationCatalog.MulticlassClassificationTrainers trainers = _ml.MulticlassClassification.Trainers;
        // What ML.NET's own trainers throw.
        Assert.IsTrue(typeof(SchemaException).IsSubclassOf(typeof(ArgumentOutOfRangeException)));
        var missing = Assert.ThrowsExactly<SchemaException>(() => trainers.ImageSegmentation("Mask", "ImagePath").Fit(data));
        StringAssert.Contains(missing.Message, "Mask");
        var wrong = Assert.ThrowsExactly<SchemaException>(() => trainers.ImageSegmentation("MaskPath", "ImagePath").Fit(data));
        StringAssert.Contains(wrong.Message, "masks");
    }

    [TestMethod]
    public void NoRowsIsAnError()
    {
        IDataView none = _ml.Data.SkipRows(_data.WithMasks(1), 1);
        Assert.ThrowsExactly<DatasetException>(() =>
            _ml.MulticlassClassification.Trainers.ImageSegmentation(TrainerData.Options("ImagePath", epochs: 1)).Fit(none));
    }

    [TestMethod]
    public void ATokenStopsTheTraining()
    {
        using var source = new CancellationTokenSource();
        ImageSegmentationTrainer.Options options = TrainerData.Options("ImagePath", epochs: 1000);
        options.CancellationToken = source.Token;
        options.MetricsCallback = _ => source.Cancel();
        IDataView data = _data.WithMasks(2);
        Assert.Throws<OperationCanceledException>(() => _ml.MulticlassClassification.Trainers.ImageSegmentation(options).Fit(data));
    }

    public sealed class Truth
    {
        public SegmentationMask? Mask { get; set; }
    }

    public sealed class Prediction
    {
        public SegmentationMask? PredictedMask { get; set; }
    }

    public sealed class Held
    {
        [Microsoft.ML.Transforms.Image.ImageType(TrainerData.Side, TrainerData.Side)]
        public MLImage? Image { get; set; }

        public SegmentationMask? Mask { get; set; }
    }
}
