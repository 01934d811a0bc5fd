using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Tests.Cli;
using SegML.Tests.Images;
using SegML.Training;
using SegML.Training.Models;

namespace SegML.Tests.Training;

/// <summary>A trained model to int8, by the library and by the command.</summary>
[TestClass]
public sealed class ModelQuantizationTests
{
    private static readonly TemporaryFolder Folder = new();
    private static Pipeline s_pipeline = null!;

    [ClassInitialize]
    public static void Train(TestContext context)
    {
        foreach ((string split, int count) in new[] { ("train", 12), ("val", 6) })
        {
            for (int i = 0; i < count; i++)
            {
                // One frame is of another size than the reference.
                (RgbaImage image, SegmentationMask mask) = BoxScenes.Draw(100 * split.Length + i, i == 3 ? 61 : 40, i == 3 ? 50 : 32);
                using (image)
                {
                    ImageFile.Write(Folder.File($"data/{split}/{i}.png"), image);
                    MaskFile.Write(Folder.File($"data/{split}-masks/{i}.png"), mask);
                }
            }
        }
        s_pipeline = BoxScenes.Pipeline with
        {
            Training = BoxScenes.Pipeline.Training with { Epochs = 12 },
            Data = new DataOptions
            {
                Root = Folder.File("data"),
                Splits = new[] { "train", "val" }.ToDictionary(s => s, s => new SplitOptions { Images = s, Masks = $"{s}-masks" }),
            },
        };
        Trainer.Train(s_pipeline, Folder.File("run"));
        ModelExport.Export(Folder.File("run"), Folder.File("float.onnx"));
    }

    [ClassCleanup]
    public static void Delete() => Folder.Dispose();

    [TestMethod]
    public void TheQuantizedModelSegmentsAsTheFloatModelAndSaysWhatItIs()
    {
        string path = Folder.File("int8.onnx");
        ModelQuantizationReport report = ModelQuantization.Quantize(Folder.File("float.onnx"), path, s_pipeline, new ModelQuantizationOptions { Images = 8, MaxLoss = 0.03 });
        Assert.AreEqual(report.FloatMeanIoU, report.MeanIoU, 0.03);
        Assert.AreEqual(report.FloatMeanIoU, ModelEvaluation.Evaluate(Folder.File("run"), "val").MeanIoU, 0.01);
        Assert.AreEqual((8, 6), (report.Quantization.CalibrationFeeds, report.Quantization.ComparedFeeds));

        using Segmenter quantized = Segmenter.Load(path), original = Segmenter.Load(Folder.File("float.onnx"));
        Assert.AreEqual(ModelPrecision.Int8, quantized.Info.Precision);
        CollectionAssert.AreEqual(original.Info.Classes.Names.ToArray(), quantized.Info.Classes.Names.ToArray());
        foreach ((int width, int height) in new[] { (40, 32), (83, 61), (17, 50) })
        {
            (RgbaImage image, _) = BoxScenes.Draw(99, width, height);
            using (image)
            {
                byte[] ours = quantized.Predict(image).Ids.ToArray(), theirs = original.Predict(image).Ids.ToArray();
                Assert.IsGreaterThan(0.93, ours.Zip(theirs).Average(p => p.First == p.Second ? 1.0 : 0));
            }
        }
    }

    [TestMethod]
    public void TheSeedAloneChoosesTheImages()
    {
        byte[] Quantized(int seed)
        {
            string path = Folder.File($"seed{seed}.onnx");
            ModelQuantization.Quantize(Folder.File("float.onnx"), path, s_pipeline, new ModelQuantizationOptions { Images = 3, MaxLoss = 1, Seed = seed });
            return File.ReadAllBytes(path);
        }

        byte[] first = Quantized(1);
        CollectionAssert.AreEqual(first, Quantized(1));
        CollectionAssert.AreNotEqual(first, Quantized(2));
    }

    [TestMethod]
    public void TheCommandTakesARunOrAModel()
    {
        string fromRun = Folder.File("from-run.onnx"), fromModel = Folder.File("from-model.onnx"), contained = Folder.File("contained.onnx");
        string[] int8 = ["--precision", "int8", "--calibration-images", "6", "--max-loss", "0.05"];
        Segml.Result result = Segml.Run(["export", Folder.File("run"), "--out", fromRun, .. int8]);
        Assert.AreEqual(0, result.Code, result.Error);
        Assert.Contains("int8 against fp32, val mean IoU", result.Output);
        result = Segml.Run(["export", Folder.File("float.onnx"), "--out", fromModel, "--calibrate", Folder.File("run/pipeline.json"), .. int8]);
        Assert.AreEqual(0, result.Code, result.Error);
        result = Segml.Run("model", "info", fromModel);
        Assert.Contains("int8", result.Output);
        Assert.AreEqual("int8", (string)ModelInfo.Read(fromModel).Rewriting![0]!["step"]!);
        using Segmenter one = Segmenter.Load(fromRun), other = Segmenter.Load(fromModel);
        (RgbaImage image, _) = BoxScenes.Draw(77, 40, 32);
        using (image)
        {
            Assert.IsTrue(one.Predict(image).Ids.SequenceEqual(other.Predict(image).Ids));
        }

        result = Segml.Run("export", fromModel, "--out", contained, "--self-contained");
        Assert.AreEqual(0, result.Code, result.Error);
        Assert.AreEqual(ModelPrecision.Int8, ModelInfo.Read(contained).Precision);
    }

    [TestMethod]
    public void FaultsAreOneLine()
    {
        string model = Folder.File("float.onnx"), target = Folder.File("refused.onnx"), pipeline = Folder.File("run/pipeline.json");
        Segml.Fails(2, Segml.Run("export", model, "--out", target, "--precision", "int8"), "--precision int8 of a model needs images: --calibrate PIPELINE");
        Segml.Fails(2, Segml.Run("export", model, "--out", target, "--precision", "fp16", "--max-loss", "0.1"), "--max-loss is for --precision int8");
        Segml.Fails(2, Segml.Run("export", model, "--out", target, "--precision", "int8", "--calibrate", pipeline, "--calibration-images", "0"), "images", "at least 1");
        Segml.Fails(2, Segml.Run("export", model, "--out", target, "--precision", "int8", "--calibrate", pipeline, "--data", Folder.File("nowhere")), "nowhere");
        Segml.Fails(1, Segml.Run("export", model, "--out", target, "--precision", "int8", "--calibrate", pipeline, "--keep-in-float", "stern"), "has no node \"stern\"");
        Segml.Fails(2, Segml.Run("export", model, "--out", target, "--precision", "int8", "--calibrate", Path.Combine(Repository.Root, "pipelines/camvid.json"),
            "--data", Folder.File("data")), "has other classes than");
        Assert.IsFalse(File.Exists(target));
    }
}
