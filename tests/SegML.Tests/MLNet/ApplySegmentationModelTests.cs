using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Data;
using SegML.Images;
using SegML.Masks;
using SegML.MLNet;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Tests.Scoring;

namespace SegML.Tests.MLNet;

[TestClass]
public sealed class ApplySegmentationModelTests : EstimatorContract<ApplySegmentationModelTests.Input, ApplySegmentationModelTests.Output>
{
    protected override string InputColumnName => nameof(Input.ImagePath);

    protected override string OutputColumnName => nameof(Output.PredictedMask);

    protected override Input[] Rows => [.. Enumerable.Range(0, 6).Select(i => new Input { Id = i, ImagePath = ImageOf(i) })];

    protected override Input BadRow => new() { ImagePath = Folder.File("missing.png") };

    private string ModelFile
    {
        get
        {
            string path = Folder.File("model.onnx");
            if (!File.Exists(path))
            {
                File.WriteAllBytes(path, TinyModel.Create());
            }
            return path;
        }
    }

    [TestMethod]
    public void EachMaskIsWhatTheSegmenterGives()
    {
        using Segmenter segmenter = Segmenter.Load(ModelFile);
        string[] expected = [.. Rows.Select(r => Print(new Output { PredictedMask = segmenter.Predict(r.ImagePath) }))];
        CollectionAssert.AreEqual(expected, Outputs(Transformed()));
    }

    [TestMethod]
    public void PathsBytesAndStockImagesGiveTheSameMasks()
    {
        IDataView paths = Load(Rows);
        IDataView bytes = ML.Data.LoadFromEnumerable(Rows.Select(r => new EncodedInput { Image = File.ReadAllBytes(r.ImagePath) }).ToArray());
        IDataView images = ML.Transforms.LoadImages("Image", imageFolder: null, "ImagePath").Fit(paths).Transform(paths);

        string[] expected = Outputs(Transformed());
        CollectionAssert.AreEqual(expected, Outputs(Create("Image").Fit(bytes).Transform(bytes)));
        CollectionAssert.AreEqual(expected, Outputs(Create("Image").Fit(images).Transform(images)));
    }

    [TestMethod]
    public void TheSourcesImagesAreNotDisposed()
    {
        using MLImage image = MLImage.CreateFromFile(ImageOf(3));
        using var segmenter = Segmenter.Load(ModelFile);
        _ = segmenter.Predict(image);
        Assert.AreEqual(image.Width * image.Height * 4, image.Pixels.Length);

        IDataView paths = Load(Rows);
        IDataView images = ML.Transforms.LoadImages("Image", imageFolder: null, "ImagePath").Fit(paths).Transform(paths);
        IDataView scored = Create("Image").Fit(images).Transform(images);
        using DataViewRowCursor cursor = scored.GetRowCursor(scored.Schema);
        ValueGetter<MLImage> getImage = cursor.GetGetter<MLImage>(cursor.Schema["Image"]);
        ValueGetter<SegmentationMask> getMask = cursor.GetGetter<SegmentationMask>(cursor.Schema["PredictedMask"]);
        while (cursor.MoveNext())
        {
            MLImage stock = null!;
            SegmentationMask mask = null!;
            getImage(ref stock);
            getMask(ref mask);
            Assert.AreEqual(mask.Ids.Length * 4, stock.Pixels.Length);
        }
    }

    [TestMethod]
    public void ASavedPipelinePredictsTheSameInAnotherProcess()
    {
        IDataView data = ML.Data.LoadSegmentationPairs([new(ImageOf(2), "unused.png")]);
        ITransformer model = Create("ImagePath").Fit(data);
        ML.Model.Save(model, data.Schema, Folder.File("scorer.zip"));
        SegmentationMask expected = ML.Data.CreateEnumerable<Output>(model.Transform(data), false).Single().PredictedMask!;

        string[] lines = ScoringApp.Run(Folder.File("scorer.zip"), ImageOf(2), "unused.png");

        Assert.AreEqual($"PredictedMask {expected.Width}x{expected.Height} {Convert.ToHexString(SHA256.HashData(expected.Ids))}", lines[0]);
    }

    [TestMethod]
    public void EvaluationOfAPerfectPredictionIsOne()
    {
        using Segmenter segmenter = Segmenter.Load(ModelFile);
        string mask = Folder.File("truth.png");
        MaskFile.Write(mask, segmenter.Predict(ImageOf(4)));
        IDataView data = ML.Data.LoadSegmentationPairs([new(ImageOf(4), mask)]);
        IDataView scored = ML.Transforms.LoadMasks("Mask", "MaskPath", TinyModel.Classes).Append(Create("ImagePath")).Fit(data).Transform(data);
        Assert.AreEqual(1, ML.MulticlassClassification.EvaluateSegmentation(scored).MeanIoU);
    }

    protected override IEstimator<ITransformer> Create(string inputColumnName) =>
        ML.Transforms.ApplySegmentationModel("PredictedMask", inputColumnName, ModelFile, new SegmenterOptions { Threads = 1 });

    protected override string Print(Output output) =>
        $"{output.PredictedMask!.Width}x{output.PredictedMask.Height} {Convert.ToHexString(SHA256.HashData(output.PredictedMask.Ids))}";

    private string ImageOf(int i)
    {
        string path = Folder.File($"{i}.png");
        if (!File.Exists(path))
        {
            using RgbaImage image = TestImages.Noise(40 + 3 * i, 30 - i, seed: i);
            ImageFile.Write(path, image);
        }
        return path;
    }

    public sealed class Input : IIdentified
    {
        public float Id { get; set; }

        public string ImagePath { get; set; } = "";
    }

    public sealed class EncodedInput
    {
        public byte[] Image { get; set; } = [];
    }

    public sealed class Output
    {
        public SegmentationMask? PredictedMask { get; set; }
    }
}
