using System.Text.Json.Nodes;
using SegML.Colors;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Scoring.Tiles;

namespace SegML.Tests.Scoring;

[TestClass]
public sealed class ModelInfoTests
{
    [TestMethod]
    public void MetadataReadsBackTheSame()
    {
        var info = new ModelInfo
        {
            Name = "street",
            Classes = new ClassSet(
                [
                    new SegmentationClass { Id = 0, Name = "road \"wet\"", Color = new Rgb(1, 2, 3), From = ["3", "Road"] },
                    new SegmentationClass { Id = 1, Name = "Straße", Color = new Rgb(255, 0, 9) },
                ],
                new IgnoreClass { Id = 200, Color = new Rgb(7, 7, 7), From = ["11"] }),
            Input = new InputOptions
            {
                Width = 320,
                Height = 200,
                Fit = InputFit.Stretch,
                ColorSpace = ColorSpace.Bgr,
                Mean = [0.1f, 0.2f, 0.3f],
                Std = [1, 2, 3],
            },
            Training = new JsonObject { ["epochs"] = 12, ["network"] = new JsonObject { ["name"] = "unet" } },
            Precision = ModelPrecision.Fp16,
            SelfContained = new SelfContained { Layout = PixelLayout.Planar, Width = 320, Height = 200 },
            Rewriting = [new JsonObject { ["step"] = "fp16" }],
            ReceptiveField = new ReceptiveField { Margin = 7, Stride = 4, UnboundedBy = "GlobalAveragePool" },
            GlobalMeans = new GlobalMeans([new GlobalMeans.Mean("features", 4, "tiles/mean")], [1], [2, 3], "tiles/logits"),
        };

        IReadOnlyDictionary<string, string> metadata = info.ToMetadata();
        ModelInfo back = ModelInfo.FromMetadata(metadata, "street.onnx");

        CollectionAssert.AreEquivalent(metadata.ToArray(), back.ToMetadata().ToArray());
        Assert.IsTrue(metadata.Keys.All(k => k.StartsWith("segml.", StringComparison.Ordinal)));
        Assert.AreEqual("road \"wet\"", back.Classes.Classes[0].Name);
        Assert.AreEqual(200, back.Classes.IgnoreIndex);
        Assert.IsTrue(back.Classes.TryFromValue(11, out byte id) && id == 200);
        Assert.AreEqual(0.3f, back.Input.Mean[2]);
        Assert.AreEqual(info.ReceptiveField, back.ReceptiveField);
        Assert.AreEqual((info.Precision, info.SelfContained), (back.Precision, back.SelfContained));
        Assert.AreEqual(12, (int)back.Training!["epochs"]!);
    }
}
