using Microsoft.ML;
using SegML.Datasets;
using SegML.Evaluation;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Tests.Images;

namespace SegML.Tests.Scoring;

/// <summary>The models in onnx/: each has a card, loads, fits its pipeline, and is as good as its card says.</summary>
[TestClass]
public sealed class CommittedModelsTests
{
    private static readonly string Models = Path.Combine(Repository.Root, "onnx");

    [TestMethod]
    public void EveryModelIsSmallHasACardAndFitsItsPipeline()
    {
        string[] models = Directory.GetFiles(Models, "*.onnx");
        Assert.IsNotEmpty(models);
        foreach (string path in models)
        {
            Assert.IsLessThan(25_000_000, new FileInfo(path).Length, path);
            Assert.IsTrue(File.Exists(Path.ChangeExtension(path, ".md")), $"{path} has no card");
            using Segmenter segmenter = Segmenter.Load(path);
            Pipeline pipeline = PipelineFile.Read(Path.Combine(Repository.Root, "pipelines", segmenter.Info.Name + ".json"));
            CollectionAssert.AreEqual(pipeline.Classes.Names.ToArray(), segmenter.Info.Classes.Names.ToArray());
            foreach ((int width, int height) in ((int, int)[])[(1, 1), (333, 77), (240, 400)])
            {
                using RgbaImage image = TestImages.Gradient(width, height);
                SegmentationMask mask = segmenter.Predict(image);
                Assert.AreEqual((width, height), (mask.Width, mask.Height));
            }
        }
    }

    [TestMethod]
    [DataRow("camvid", "camvid-fcn-light", 0.75)]
    [DataRow("camvid", "camvid-fcn-light-int8", 0.75)]
    [DataRow("freespace", "freespace-fcn-light", 0.97)]
    public void OnCamVidsValidationFramesItReachesItsFigure(string name, string model, double least)
    {
        if (Repository.CamVid is not { } data)
        {
            Assert.Inconclusive("skipped: CamVid is not beside the checkout");
            return;
        }
        Pipeline pipeline = PipelineFile.Read(Path.Combine(Repository.Root, "pipelines", name + ".json"), data);
        var ml = new MLContext(seed: 1);
        IDataView frames = ml.Data.LoadSegmentationPairs(Dataset.List(pipeline, "val"));
        var chain = ml.Transforms.LoadMasks("Mask", "MaskPath", pipeline)
            .Append(ml.Transforms.ApplySegmentationModel("PredictedMask", "ImagePath", Path.Combine(Models, $"{model}.onnx")));
        SegmentationMetrics metrics = ml.MulticlassClassification.EvaluateSegmentation(chain.Fit(frames).Transform(frames));
        Assert.IsGreaterThan(least, name == "freespace" ? metrics.PerClassIoU[1] : metrics.MeanIoU);
    }
}
