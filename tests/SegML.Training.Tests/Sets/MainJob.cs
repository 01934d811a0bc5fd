using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.ML;
using Microsoft.ML.Data;
using SegML.Evaluation;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Scenes.Sets;
using SegML.Scoring;
using SegML.Tests.Cli;
using SegML.Tests.Images;
using SegML.Training.MLNet;
using SegML.Training.Planning;

namespace SegML.Tests.Sets;

/// <summary>From a drawn folder to a trained, exported, evaluated and predicting model: as on a terminal, and as in an app.</summary>
/// <param name="set">The data set.</param>
/// <param name="seed">Of the images and of the training.</param>
/// <param name="minutes">What the plan may take.</param>
/// <param name="most">Most images of a split.</param>
internal sealed class MainJob(DrawnSet set, int seed, double minutes, int most = int.MaxValue)
{
    // What the checkpoint's figure, by TorchSharp, and the model's, by ONNX Runtime, may differ by.
    private const double Parity = 0.0005;

    /// <summary>Changes of the planned pipeline file.</summary>
    public string[] Settings { get; init; } = [];

    /// <summary>How far the exported model's mean IoU on val was from the run's, on the terminal.</summary>
    public double Difference { get; private set; } = double.NaN;

    /// <summary>Works through the command line.</summary>
    /// <returns>The mean IoU on the test split.</returns>
    public double OnTheTerminal()
    {
        using var folder = new TemporaryFolder();
        string pipeline = DrawnSetFiles.Write(set, folder.File("data"), seed, most), planned = folder.File("data/planned.json"), model = folder.File("model.onnx");
        Succeeds("check", pipeline);
        Succeeds("train", pipeline, "--plan", "--plan-out", planned, "--minutes", minutes.ToString(CultureInfo.InvariantCulture), "--device", "cpu");
        Succeeds(["train", planned, "--out", folder.File("run"), "--device", "cpu", "--set", $"training.seed={seed}", .. Settings]);
        Succeeds("export", folder.File("run"), "--out", model);
        double trained = (double)JsonNode.Parse(File.ReadAllText(folder.File("run/best.json")))!["validation"]!["meanIoU"]!;
        Difference = MeanIoU(model, planned, "val") - trained;
        Assert.AreEqual(0, Difference, Parity, "the exported model is not the trained one");
        Succeeds("predict", model, folder.File("data/test/images"), "--out", folder.File("results"));
        ClassSet classes = PipelineFile.Read(planned).Classes;
        string[] images = Directory.GetFiles(folder.File("data/test/images"));
        foreach (string image in images)
        {
            string mask = Directory.GetFiles(folder.File("results"), Path.GetFileNameWithoutExtension(image) + "*.png", SearchOption.AllDirectories)
                .First(f => !f.Contains("overlay", StringComparison.Ordinal));
            Assert.AreEqual(ImageFile.ReadSize(image), MaskFile.ReadSize(mask));
            Assert.IsTrue(MaskFile.ReadRaw(mask).Bytes!.All(v => v < classes.Count));
        }
        return MeanIoU(model, planned, "test");
    }

    /// <summary>Works through ML.NET.</summary>
    /// <returns>The mean IoU on the test split.</returns>
    public double InAnApp()
    {
        using var folder = new TemporaryFolder();
        Pipeline declared = PipelineFile.Read(DrawnSetFiles.Write(set, folder.File("data"), seed, most));
        PipelinePlan plan = PipelinePlanner.Plan(declared, new PlanOptions { Minutes = minutes, Device = ComputeDevice.Cpu });
        string changed = folder.File("data/planned.json");
        PlannedFile.Write(plan, changed);

        var ml = new MLContext(seed);
        IDataView train = Rows("train"), test = Rows("test");
        IEstimator<ITransformer> masks = ml.Transforms.LoadMasks("Mask", "MaskPath", declared.Classes);
        ImageSegmentationTrainer.Options options = ImageSegmentationTrainer.Options.From(PipelineFile.Read(changed, settings: Settings));
        options.FeatureColumnName = "ImagePath";
        options.ValidationSet = masks.Fit(train).Transform(Rows("val"));
        ITransformer model = masks.Append(ml.MulticlassClassification.Trainers.ImageSegmentation(options)).Fit(train);
        SegmentationMetrics metrics = ml.MulticlassClassification.EvaluateSegmentation(model.Transform(test));

        ml.Model.Save(model, train.Schema, folder.File("model.zip"));
        ITransformer loaded = new MLContext().Model.Load(folder.File("model.zip"), out _);
        Assert.AreEqual(metrics.MeanIoU, ml.MulticlassClassification.EvaluateSegmentation(loaded.Transform(test)).MeanIoU);
        return metrics.MeanIoU;

        IDataView Rows(string split) => ml.Data.LoadSegmentationFolder(folder.File($"data/{split}/images"), folder.File($"data/{split}/masks"));
    }

    private static double MeanIoU(string model, string pipeline, string split) =>
        (double)JsonNode.Parse(Succeeds("evaluate", model, pipeline, "--split", split, "--json"))!["meanIoU"]!;

    private static string Succeeds(params string[] command)
    {
        Segml.Result result = Segml.Run(command);
        Assert.AreEqual(0, result.Code, $"segml {string.Join(' ', command)}: {result.Error}");
        return result.Output;
    }
}
