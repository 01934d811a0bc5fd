using Google.Protobuf;
using Microsoft.ML;
using SegML.Datasets;
using SegML.Evaluation;
using SegML.Images;
using SegML.Masks;
using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;
using SegML.Pipelines;
using SegML.Scenes.Roads;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Training.Models;

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
            Assert.IsTrue(segmenter.HasChecksum, path);
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

    /// <summary>They have seen no drawn scene, but a road is a road: a damaged or mistaken file would show here, without CamVid.</summary>
    [TestMethod]
    [DataRow("camvid-fcn-light", 3, 0.7)]
    [DataRow("camvid-fcn-light-int8", 3, 0.7)]
    [DataRow("freespace-fcn-light", 1, 0.7)]
    public void DrawnRoadsAreFound(string model, int road, double least)
    {
        using var folder = new TemporaryFolder();
        IReadOnlyList<string> images = SceneFiles.Write(folder.Path, folder.Path, new SceneSeries { Count = 6, Seed = 1, Width = 480, Height = 360 });
        ClassSet drawn = SceneClasses.Create();
        SceneFiles.WriteMasks(folder.Path, folder.Path, drawn);
        using Segmenter segmenter = Segmenter.Load(Path.Combine(Models, $"{model}.onnx"));
        long both = 0, either = 0;
        foreach (string image in images)
        {
            using SegmentationMask found = segmenter.Predict(image), truth = MaskFile.Read(Path.ChangeExtension(image, ".png"), drawn);
            for (int i = 0; i < found.Ids.Length; i++)
            {
                bool t = drawn.Names.ElementAtOrDefault(truth.Ids[i]) is "road" or "marking", f = found.Ids[i] == road;
                if (truth.Ids[i] != drawn.IgnoreIndex)
                {
                    both += t && f ? 1 : 0;
                    either += t || f ? 1 : 0;
                }
            }
        }
        Console.WriteLine($"{model}: IoU {(double)both / either:0.000}");
        Assert.IsGreaterThan(least, (double)both / either);
    }

    [TestMethod]
    public void MetadataOfEveryModelSaysWhatItsGraphDoes()
    {
        using var folder = new TemporaryFolder();
        string bare = folder.File("bare.onnx"), again = folder.File("again.onnx");
        foreach (string path in Directory.GetFiles(Models, "*.onnx"))
        {
            ModelProto model = ModelFile.Unseal(ModelProto.Parser.ParseFrom(File.ReadAllBytes(path)));
            foreach (StringStringEntryProto computed in model.MetadataProps.Where(p => p.Key is "segml.receptiveField" or "segml.globalMeans").ToArray())
            {
                model.MetadataProps.Remove(computed);
            }
            File.WriteAllBytes(bare, model.ToByteArray());
            ModelConversion.Convert(bare, again);
            using var expected = new MemoryStream();
            ModelFile.WriteSealed(ModelProto.Parser.ParseFrom(File.ReadAllBytes(path)), expected);
            Assert.IsTrue(File.ReadAllBytes(again).SequenceEqual(expected.ToArray()), path);
            Assert.IsNotNull(ModelInfo.Read(path).ReceptiveField);
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
