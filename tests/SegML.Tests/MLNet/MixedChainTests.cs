using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using SegML.Colors;
using SegML.Drawing;
using SegML.Images;
using SegML.Masks;
using SegML.MLNet;
using SegML.Tests.Images;
using SegML.Tests.Masks;
using SegML.Tests.Scoring;
using SegML.Training.MLNet;

namespace SegML.Tests.MLNet;

/// <summary>SegML's estimators and ML.NET's own in one chain.</summary>
[TestClass]
public sealed class MixedChainTests
{
    [TestMethod]
    public void AChainOfBothSavesLoadsAndPredictsTheSame()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 1);
        SegML.Datasets.DatasetItem[] items = [.. Enumerable.Range(0, 4).Select(i =>
        {
            using RgbaImage image = TestImages.Noise(40 + 3 * i, 30 - i, seed: i);
            ImageFile.Write(folder.File($"{i}.png"), image);
            MaskFile.Write(folder.File($"{i}-mask.png"), TestMasks.Noise(40 + 3 * i, 30 - i, seed: i));
            return new SegML.Datasets.DatasetItem(folder.File($"{i}.png"), folder.File($"{i}-mask.png"));
        })];
        IDataView data = ml.Data.LoadSegmentationPairs(items);
        IEstimator<ITransformer> chain = ml.Transforms.LoadImages("Photo", imageFolder: null, "ImagePath")
            .Append(ml.Transforms.LoadMasks("Mask", "MaskPath", TestMasks.Classes))
            .Append(ml.Transforms.OneHotEncodeMask("OneHot", "Mask", TestMasks.Classes))
            .Append(ml.Transforms.OneHotDecodeMask("Decoded", "OneHot", TestMasks.Classes, "Mask"))
            .Append(ml.Transforms.ResizeImages("Small", 24, 16, "Photo"))
            .Append(ml.Transforms.ConvertColor("Lab", "Small", ColorSpace.Lab))
            .Append(ml.Transforms.ApplySegmentationModel(new ApplySegmentationModelEstimator.Options
            {
                InputColumnName = "Small",
                ModelFile = folder.File("tiny.onnx", TinyModel.Create()),
                SharesColumnName = "Shares",
            }))
            .Append(ml.Transforms.DrawSegmentation("Overlay", "Small", options: new OverlayOptions { Opacity = 0.3, Legend = false }))
            .Append(ml.MulticlassClassification.Trainers.ImageSegmentation(Trainer()))
            .Append(ml.Transforms.Concatenate("Features", "Shares"))
            .Append(ml.Transforms.CustomMapping(new GreatestShare().GetMapping(), GreatestShare.Name))
            .Append(ml.Transforms.DropColumns("OneHot", "Mask"));
        ITransformer model = chain.Fit(data);
        string[] expected = Texts(ml, model, data);
        Assert.AreEqual(items.Length, expected.Distinct().Count());
        CollectionAssert.AreEquivalent(Estimators(), Kinds([model]), "every estimator of SegML takes part");

        ml.Model.Save(model, data.Schema, folder.File("chain.zip"));
        var other = new MLContext();
        other.ComponentCatalog.RegisterAssembly(typeof(GreatestShare).Assembly);
        ITransformer loaded = other.Model.Load(folder.File("chain.zip"), out DataViewSchema schema);
        CollectionAssert.AreEqual(expected, Texts(other, loaded, data));
        Assert.AreEqual("ImagePath, MaskPath", string.Join(", ", schema.Select(c => c.Name)));

        using PredictionEngine<Paths, Row> engine = other.Model.CreatePredictionEngine<Paths, Row>(loaded);
        CollectionAssert.AreEqual(expected,
            items.Select(i => engine.Predict(new Paths { ImagePath = i.ImagePath, MaskPath = i.MaskPath }).ToString()).ToArray());
    }

    private static ImageSegmentationTrainer.Options Trainer()
    {
        ImageSegmentationTrainer.Options options = TrainerData.Options("Photo", epochs: 1);
        options.LabelColumnName = "Decoded";
        options.PredictedMaskColumnName = "Trained";
        return options;
    }

    // The trainer's model is a transformer of ApplySegmentationModel.
    private static string[] Estimators() => [.. typeof(RowTransformer).Assembly.GetTypes()
        .Concat(typeof(ImageSegmentationTrainer).Assembly.GetTypes())
        .Where(t => t is { IsPublic: true, IsAbstract: false } && t.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IEstimator<>)))
        .Select(t => t.GetInterfaces().First(i => i.IsGenericType).GetGenericArguments()[0].Name)];

    private static string[] Kinds(IEnumerable<ITransformer> chain) =>
        [.. chain.SelectMany(t => t is IEnumerable<ITransformer> inner ? Kinds(inner) : t is RowTransformer ? [t.GetType().Name] : [])];

    private static string[] Texts(MLContext ml, ITransformer model, IDataView data) =>
        [.. ml.Data.CreateEnumerable<Row>(model.Transform(data), reuseRowObject: false).ToList().Select(r => r.ToString())];

    public sealed class Paths
    {
        public string ImagePath { get; set; } = "";

        public string MaskPath { get; set; } = "";
    }

    public sealed class Row
    {
        public SegmentationMask? Decoded { get; set; }

        public SegmentationMask? PredictedMask { get; set; }

        public float[] Features { get; set; } = [];

        public float Greatest { get; set; }

        public float[] Lab { get; set; } = [];

        public SegmentationMask? Trained { get; set; }

        [AnySizeImage]
        public MLImage? Overlay { get; set; }

        public override string ToString() => $"{Convert.ToHexString(Decoded!.Ids)} {PredictedMask!.Width}x{PredictedMask.Height} "
            + $"{Convert.ToHexString(PredictedMask.Ids)} {string.Join(' ', Features)} {Greatest} {string.Join(' ', Lab)} "
            + $"{Convert.ToHexString(Trained!.Ids)} {Overlay!.Width}x{Overlay.Height} {Convert.ToHexString(Overlay.Pixels)}";
    }

    public sealed class Shares
    {
        [VectorType(3)]
        public float[] Features { get; set; } = [];
    }

    public sealed class Share
    {
        public float Greatest { get; set; }
    }

    [CustomMappingFactoryAttribute(Name)]
    public sealed class GreatestShare : CustomMappingFactory<Shares, Share>
    {
        public const string Name = "GreatestShare";

        public override Action<Shares, Share> GetMapping() => (shares, share) => share.Greatest = shares.Features.Max();
    }
}
