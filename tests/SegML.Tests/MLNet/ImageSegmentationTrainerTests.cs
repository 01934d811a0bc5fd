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

namespace SegML.Tests.MLNet;

/// <summary>The trainer estimator on pictures whose classes are colours: easy enough to learn in seconds.</summary>
[TestClass]
public sealed class ImageSegmentationTrainerTests
{
    private const int Side = 48;

    private static readonly ClassSet Classes = new(
    [
        new() { Id = 0, Name = "dark", Color = new Rgb(20, 20, 20) },
        new() { Id = 1, Name = "bright", Color = new Rgb(230, 230, 230) },
    ]);

    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 3);

    [TestCleanup]
    public void Clean() => _folder.Dispose();

    [TestMethod]
    public void Fit_learns_from_paths_and_the_saved_model_scores_where_nothing_can_train()
    {
        IDataView data = Paths(8);
        var reports = new List<TrainingProgress>();
        ImageSegmentationTrainer.Options options = Options("ImagePath", epochs: 12);
        options.ValidationSet = _ml.Transforms.LoadMasks("Mask", "MaskPath", Classes).Fit(data).Transform(data);
        options.MetricsCallback = reports.Add;
        var logged = new List<string>();
        _ml.Log += (_, e) => logged.Add(e.RawMessage);

        ITransformer model = _ml.Transforms.LoadMasks("Mask", "MaskPath", Classes)
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
        CollectionAssert.Contains(lines, $"PredictedMask {Side}x{Side} {Convert.ToHexString(SHA256.HashData(expected.Ids))}");
    }

    [TestMethod]
    public void Fit_trains_on_images_in_memory_and_leaves_them_alive()
    {
        IDataView paths = WithMasks(Paths(2));
        Held[] rows = [.. _ml.Data.CreateEnumerable<Truth>(paths, reuseRowObject: false).Select((row, i) =>
            new Held { Image = MLImage.CreateFromFile(_folder.File($"images/{i}.png")), Mask = row.Mask })];
        IDataView data = _ml.Data.LoadFromEnumerable(rows);
        using ApplySegmentationModelTransformer model = _ml.MulticlassClassification.Trainers
            .ImageSegmentation(Options("Image", epochs: 1)).Fit(data);
        CollectionAssert.AreEqual(Classes.Names.ToArray(), model.Segmenter.Info.Classes.Names.ToArray());
        Assert.AreEqual(Side, model.Segmenter.Info.Input.Width);
        Assert.AreEqual(2, _ml.Data.CreateEnumerable<Prediction>(model.Transform(data), reuseRowObject: false).Count());
        foreach (Held row in rows)
        {
            Assert.AreEqual(Side * Side * 4, row.Image!.Pixels.Length);
            row.Image.Dispose();
        }
    }

    [TestMethod]
    public void One_seed_gives_one_model()
    {
        byte[][] weights = [.. Enumerable.Range(0, 2).Select(i =>
        {
            ImageSegmentationTrainer.Options options = Options("ImagePath", epochs: 1);
            options.WorkspacePath = _folder.File($"run{i}");
            IDataView data = WithMasks(Paths(2));
            using ApplySegmentationModelTransformer model = new MLContext(seed: 3).MulticlassClassification.Trainers.ImageSegmentation(options).Fit(data);
            return File.ReadAllBytes(_folder.File($"run{i}/best.dat"));
        })];
        CollectionAssert.AreEqual(weights[0], weights[1]);
    }

    [TestMethod]
    public void The_promised_shape_is_the_schema()
    {
        IDataView data = WithMasks(Paths(2));
        ImageSegmentationTrainer trainer = _ml.MulticlassClassification.Trainers.ImageSegmentation(Options("ImagePath", epochs: 1));
        using ApplySegmentationModelTransformer model = trainer.Fit(data);
        string[] promised = [.. trainer.GetOutputSchema(MLNetInternals.ShapeOf(data.Schema)).Select(c => $"{c.Name} {c.Kind} {c.ItemType}")];
        string[] actual = [.. MLNetInternals.ShapeOf(model.Transform(data).Schema).Select(c => $"{c.Name} {c.Kind} {c.ItemType}")];
        CollectionAssert.AreEqual(actual, promised);
    }

    [TestMethod]
    public void Columns_are_checked_before_anything_is_read()
    {
        IDataView data = Paths(1);
        MulticlassClassificationCatalog.MulticlassClassificationTrainers trainers = _ml.MulticlassClassification.Trainers;
        var missing = Assert.ThrowsExactly<SchemaException>(() => trainers.ImageSegmentation("Mask", "ImagePath").Fit(data));
        StringAssert.Contains(missing.Message, "Mask");
        var wrong = Assert.ThrowsExactly<SchemaException>(() => trainers.ImageSegmentation("MaskPath", "ImagePath").Fit(data));
        StringAssert.Contains(wrong.Message, "masks");
    }

    [TestMethod]
    public void No_rows_is_an_error()
    {
        IDataView none = _ml.Data.SkipRows(WithMasks(Paths(1)), 1);
        Assert.ThrowsExactly<DatasetException>(() =>
            _ml.MulticlassClassification.Trainers.ImageSegmentation(Options("ImagePath", epochs: 1)).Fit(none));
    }

    [TestMethod]
    public void A_token_stops_the_training()
    {
        using var source = new CancellationTokenSource();
        ImageSegmentationTrainer.Options options = Options("ImagePath", epochs: 1000);
        options.CancellationToken = source.Token;
        options.MetricsCallback = _ => source.Cancel();
        IDataView data = WithMasks(Paths(2));
        Assert.Throws<OperationCanceledException>(() => _ml.MulticlassClassification.Trainers.ImageSegmentation(options).Fit(data));
    }

    private static ImageSegmentationTrainer.Options Options(string images, int epochs) => new()
    {
        FeatureColumnName = images,
        Epochs = epochs,
        BatchSize = 2,
        InputWidth = Side,
        InputHeight = Side,
        Training = new TrainingOptions { WarmUpIterations = 2, Ema = 0.5, Augmentation = new AugmentationOptions { ScaleMin = 1, ScaleMax = 1 } },
    };

    private IDataView WithMasks(IDataView paths) => _ml.Transforms.LoadMasks("Mask", "MaskPath", Classes).Fit(paths).Transform(paths);

    private IDataView Paths(int count)
    {
        for (int i = 0; i < count; i++)
        {
            // A bright rectangle on dark ground, somewhere else in each image.
            using var image = new RgbaImage(Side, Side);
            var mask = new SegmentationMask(Side, Side, Classes);
            for (int y = 0; y < Side; y++)
            {
                for (int x = 0; x < Side; x++)
                {
                    bool bright = x >= 3 * i && x < 3 * i + 20 && y >= 10 && y < 34;
                    mask.Ids[y * Side + x] = (byte)(bright ? 1 : 0);
                    image.Row(y)[(4 * x)..(4 * x + 3)].Fill((byte)(bright ? 230 : 20));
                    image.Row(y)[4 * x + 3] = 255;
                }
            }
            ImageFile.Write(_folder.File($"images/{i}.png"), image);
            MaskFile.Write(_folder.File($"masks/{i}.png"), mask);
        }
        return _ml.Data.LoadSegmentationFolder(_folder.File("images"), _folder.File("masks"));
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
        [Microsoft.ML.Transforms.Image.ImageType(Side, Side)]
        public MLImage? Image { get; set; }

        public SegmentationMask? Mask { get; set; }
    }
}
