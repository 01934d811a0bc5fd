using System.Text.RegularExpressions;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using SegML.Colors;
using SegML.Evaluation;
using SegML.Images;
using SegML.Masks;
using SegML.MLNet;
using SegML.Onnx;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Tests.Scoring;
using SegML.Training;
using SegML.Training.Loop;
using SegML.Training.MLNet;
using SegML.Training.Models;
using SegML.Training.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Tests;

/// <summary>README's examples, run as they stand there: between the markers below is README's text, indentation aside.</summary>
[TestClass]
public sealed class ReadmeTests
{
    private readonly string _before = Environment.CurrentDirectory;
    private readonly TextWriter _console = Console.Out;
    private readonly StringWriter _output = new();
    private TemporaryFolder _folder = null!;

    [TestInitialize]
    public void EnterFolder()
    {
        _folder = new TemporaryFolder();
        Environment.CurrentDirectory = _folder.Path;
        Console.SetOut(_output);
    }

    [TestCleanup]
    public void LeaveFolder()
    {
        Console.SetOut(_console);
        Environment.CurrentDirectory = _before;
        _folder.Dispose();
    }

    [TestMethod]
    public void TheReadmesHoldTheseExamplesAndNoOthers()
    {
        string[] pages = [.. new[] { "README.md", "src/SegML.MLNet/README.md", "src/SegML.Training/README.md", "src/SegML.Cli/README.md" }
            .Select(page => File.ReadAllText(Path.Combine(Repository.Root, page)))];
        string tests = File.ReadAllText(Path.Combine(Repository.Root, "tests/SegML.Training.Tests/ReadmeTests.cs"));
        Match[] examples = [.. pages.SelectMany(page => Regex.Matches(page, "<!-- example: (\\w+) -->\n```csharp\n(.*?)```", RegexOptions.Singleline))];

        Assert.HasCount(pages.Sum(page => Regex.Count(page, "(?<!<!-- usings -->\n)```csharp")), examples, "an example is not marked, and so not run");
        Assert.IsLessThanOrEqualTo(200, pages[0].Split('\n').Length);
        foreach (Match example in examples)
        {
            string name = example.Groups[1].Value;
            Match test = Regex.Match(tests, $"// begin {name}\n(.*?)\n *// end {name}", RegexOptions.Singleline);
            Assert.IsTrue(test.Success, $"no test runs README's example {name}");
            Assert.AreEqual(Plain(example.Groups[2].Value), Plain(test.Groups[1].Value), $"README's example {name} is not the one that is run");
        }

        static string Plain(string code) => string.Join("\n", code.Split('\n').Select(line => line.Trim())).Trim();
    }

    [TestMethod]
    public void ImageNet()
    {
        // begin imagenet
        // once: dotnet add package Microsoft.ML.DnnImageFeaturizer.ResNet18 --version 0.23.1
        var options = new ImageSegmentationTrainer.Options
        {
            Network = new NetworkOptions { Name = "resnet-light" },
            Training = new TrainingOptions { EncoderWeights = "imagenet" },
        };
        // end imagenet
        Assert.AreEqual(0.1, options.Training.EncoderRate);
        using SegmentationNetwork network = NetworkCatalog.Create(options.Network, 2);
        Assert.IsNotNull(network.Encoder);
    }

    [TestMethod]
    public void Colors()
    {
        using (RgbaImage image = TestImages.Gradient(64, 48))
        {
            ImageFile.Write("photo.jpg", image);
        }

        // begin colors
        var ml = new MLContext();
        IDataView photos = ml.Data.LoadFromEnumerable([new Photo { ImagePath = "photo.jpg" }]);
        var chain = ml.Transforms.LoadImages("Image", imageFolder: null, "ImagePath")
            .Append(ml.Transforms.ConvertColor("Planes", "Image", to: ColorSpace.Lab));
        float[] lab = chain.Fit(photos).Transform(photos).GetColumn<float[]>("Planes").First();   // [3, H, W]: L, a, b
        // end colors

        Assert.HasCount(3 * 64 * 48, lab);
        Assert.IsTrue(lab.Take(64 * 48).All(l => l is >= 0 and <= 100));
    }

    [TestMethod]
    public void Chain()
    {
        CreateDataSet();

        // begin chain
        var ml = new MLContext(seed: 1);
        ClassSet classes = PipelineFile.Read("street.json").Classes;
        IDataView train = ml.Data.LoadSegmentationFolder("train/images", "train/masks");

        var chain = ml.Transforms.LoadImages("Image", imageFolder: null, "ImagePath")
            .Append(ml.Transforms.ConvertColorWithImageSharp("Planes", "Image", to: ColorSpace.Lab))   // [3, H, W]
            .Append(ml.Transforms.LoadMasks("Mask", "MaskPath", classes))
            .Append(ml.Transforms.OneHotEncodeMask("OneHot", "Mask", classes))                         // [classes, H, W]
            .Append(ml.MulticlassClassification.Trainers.ImageSegmentation(new ImageSegmentationTrainer.Options
            {
                FeatureColumnName = "Planes",
                LabelColumnName = "OneHot",
                Input = new InputOptions { Width = 64, Height = 48 },
                Training = new TrainingOptions { Epochs = 2 },
            }));

        ITransformer model = chain.Fit(train);            // TorchSharp trains; what comes out scores through ONNX Runtime
        ml.Model.Save(model, train.Schema, "lab.zip");
        // end chain

        string mask = AppProcess.Run("ColorApp", Path.GetFullPath("lab.zip"), Path.GetFullPath("test/images/0.png"))[0];
        using SegmentationMask expected = model.Transform(ml.Data.LoadSegmentationFolder("test/images", "test/masks"))
            .GetColumn<SegmentationMask>("PredictedMask").First();
        Assert.AreEqual("64x48 " + Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(expected.Ids)), mask);
    }

    [TestMethod]
    public void Score()
    {
        File.WriteAllBytes("camvid.onnx", TinyModel.Create());
        using (RgbaImage image = TestImages.Gradient(64, 48))
        {
            ImageFile.Write("photo.jpg", image);
        }

        // begin score
        var ml = new MLContext(seed: 1);
        IDataView photos = ml.Data.LoadFromEnumerable([new Photo { ImagePath = "photo.jpg" }]);
        ITransformer scorer = ml.Transforms.ApplySegmentationModel("PredictedMask", "ImagePath", "camvid.onnx").Fit(photos);

        var engine = ml.Model.CreatePredictionEngine<Photo, Scored>(scorer);
        using SegmentationMask mask = engine.Predict(new Photo { ImagePath = "photo.jpg" }).PredictedMask!;
        Console.WriteLine($"{mask.Width}x{mask.Height}, top left is {mask.Classes.Names[mask[0, 0]]}");
        // end score

        Assert.StartsWith("64x48, top left is ", _output.ToString());
    }

    [TestMethod]
    public void Train()
    {
        CreateDataSet();

        // begin train
        var ml = new MLContext(seed: 1);
        ClassSet classes = ClassSet.Of("sky", "road");
        IDataView train = ml.Data.LoadSegmentationFolder("train/images", "train/masks");   // ImagePath, MaskPath
        IDataView test = ml.Data.LoadSegmentationFolder("test/images", "test/masks");

        var pipeline = ml.Transforms.LoadMasks("Mask", "MaskPath", classes)
            .Append(ml.MulticlassClassification.Trainers.ImageSegmentation(new ImageSegmentationTrainer.Options
            {
                FeatureColumnName = "ImagePath",
                Network = "fcn-light",
                Input = new InputOptions { Width = 64, Height = 48 },
                Training = new TrainingOptions { Epochs = 2, EarlyStopping = new EarlyStoppingOptions { Patience = 20, MinImprovement = 0.001 } },
                ValidationFraction = 0.2,
            }));

        ITransformer model = pipeline.Fit(train);
        SegmentationMetrics metrics = ml.MulticlassClassification.EvaluateSegmentation(model.Transform(test));
        Console.WriteLine(metrics);
        ml.Model.Save(model, train.Schema, "street.zip");
        // end train

        // begin load
        ITransformer loaded = ml.Model.Load("street.zip", out _);
        var engine = ml.Model.CreatePredictionEngine<Photo, Scored>(loaded);
        using SegmentationMask mask = engine.Predict(new Photo { ImagePath = "photo.jpg" }).PredictedMask!;
        // end load

        // begin folds
        var folds = ml.MulticlassClassification.CrossValidateSegmentation(train, pipeline, numberOfFolds: 2, seed: 1);
        Console.WriteLine($"mean IoU {folds.Average(fold => fold.Metrics.MeanIoU):0.000}");
        // end folds

        Assert.Contains("boundary F1", _output.ToString());
        Assert.HasCount(2, folds);
        Assert.IsTrue(File.Exists("street.zip"));
    }

    [TestMethod]
    public void Network()
    {
        CreateDataSet();

        // begin network
        // where the app starts
        NetworkCatalog.Register("two-layers", (int classes, TwoLayersOptions options, int channels) => new TwoLayers(classes, options, channels));
        // end network

        try
        {
            var ml = new MLContext(seed: 1);
            var chain = ml.Transforms.LoadMasks("Mask", "MaskPath", PipelineFile.Read("street.json").Classes)
                .Append(ml.MulticlassClassification.Trainers.ImageSegmentation(new ImageSegmentationTrainer.Options
                {
                    FeatureColumnName = "ImagePath",
                    Network = "two-layers",
                    Input = new InputOptions { Width = 64, Height = 48 },
                    Training = new TrainingOptions { Epochs = 2 },
                }));
            IDataView rows = ml.Data.LoadSegmentationFolder("train/images", "train/masks");
            using SegmentationMask mask = chain.Fit(rows).Transform(rows).GetColumn<SegmentationMask>("PredictedMask").First();
            Assert.AreEqual((64, 48), (mask.Width, mask.Height));
        }
        finally
        {
            NetworkCatalog.Remove("two-layers");
        }
    }

    /// <summary>Set SEGML_UPDATE_README=1 to write the table.</summary>
    [TestMethod]
    public void TheTableOfNetworksIsTheCatalogue()
    {
        string path = Path.Combine(Repository.Root, "src/SegML.Training/README.md"), page = File.ReadAllText(path);
        string table = "\n| name | options | parameters with 11 classes |\n|---|---|---|\n" + string.Concat(
            NetworkCatalog.Networks.Select(network => $"| {network.Name} | {string.Join(", ", network.OptionKeys)} | {network.Summary} |\n")) + "\n";
        var part = new Regex("(?<=<!-- networks -->\n).*?(?=<!-- end of networks -->)", RegexOptions.Singleline);
        if (Environment.GetEnvironmentVariable("SEGML_UPDATE_README") == "1")
        {
            File.WriteAllText(path, page = part.Replace(page, table));
        }
        Assert.AreEqual(table, part.Match(page).Value, "Run this test with SEGML_UPDATE_README=1 to write the table.");
    }

    [TestMethod]
    public void Export()
    {
        // begin export
        using var net = nn.Sequential(nn.Conv2d(3, 8, 3, padding: 1), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 10, 1));
        net.eval();
        OnnxExportReport report = OnnxExporter.Export(net, torch.randn(1, 3, 64, 64), "net.onnx");
        Console.WriteLine($"largest difference from TorchSharp: {report.MaxDifference:0.0e+00}");
        // end export

        Assert.StartsWith("largest difference from TorchSharp: ", _output.ToString());
        Assert.IsTrue(File.Exists("net.onnx"));
    }

    [TestMethod]
    public void Stock()
    {
        File.WriteAllBytes("street.onnx", TinyModel.Create());
        ModelConversion.Convert("street.onnx", "stock.onnx", new ModelConversionOptions { SelfContained = new SelfContained { Width = 480, Height = 360 } });
        using (RgbaImage image = TestImages.Gradient(64, 48))
        {
            ImageFile.Write("photo.jpg", image);
        }

        // begin stock
        var ml = new MLContext();
        IDataView photos = ml.Data.LoadFromEnumerable([new Photo { ImagePath = "photo.jpg" }]);
        var chain = ml.Transforms.LoadImages("image", imageFolder: null, "ImagePath")
            .Append(ml.Transforms.ResizeImages("image", 480, 360, resizing: ImageResizingEstimator.ResizingKind.Fill))
            .Append(ml.Transforms.ExtractPixels("image", interleavePixelColors: true, outputAsFloatArray: false))
            .Append(ml.Transforms.ApplyOnnxModel("mask", "image", "stock.onnx"));
        ITransformer stock = chain.Fit(photos);
        ml.Model.Save(stock, photos.Schema, "stock.zip");

        byte[] mask = stock.Transform(photos).GetColumn<byte[]>("mask").First();   // 360 rows of 480 class ids
        // end stock

        Assert.HasCount(480 * 360, mask);
        Assert.AreEqual((2, 0, 1), (mask[0], mask[479], mask[^480]));   // blue top left, then redder to the right and greener below
        Assert.IsTrue(File.Exists("stock.zip"));
    }

    private static void CreateDataSet()
    {
        File.WriteAllText("street.json", """
            { "name": "street", "classes": [ { "id": 0, "name": "sky" }, { "id": 1, "name": "road" } ] }
            """);
        using RgbaImage image = TestImages.Gradient(64, 48);
        var mask = new SegmentationMask(64, 48, PipelineFile.Read("street.json").Classes);
        mask.Ids[(64 * 24)..].Fill(1);
        ImageFile.Write("photo.jpg", image);
        foreach (string split in (string[])["train", "test"])
        {
            for (int i = 0; i < 6; i++)
            {
                ImageFile.Write($"{split}/images/{i}.png", image);
                MaskFile.Write($"{split}/masks/{i}.png", mask);
            }
        }
    }

    // begin networkclass
    public sealed record TwoLayersOptions
    {
        public int Width { get; init; } = 16;      // "network": { "name": "two-layers", "options": { "width": 32 } }
    }

    public sealed class TwoLayers : SegmentationNetwork
    {
        private readonly ConvNorm features;        // convolution, batch norm, ReLU
        private readonly ConvLayer head;

        public TwoLayers(int classes, TwoLayersOptions options, int channels) : base("two-layers")
        {
            features = new ConvNorm(channels, options.Width, kernel: 3, stride: 2);
            head = ConvLayer.Head(options.Width, classes);
            RegisterComponents();
        }

        public override int Stride => 2;           // input pixels a pixel of the coarsest features

        public override Tensor LogitBias => head.Bias!;

        public override Tensor CoarseLogits(Tensor image) => head.call(features.call(image));
    }
    // end networkclass

    // begin rows
    internal sealed class Photo
    {
        public string ImagePath { get; set; } = "";
    }

    internal sealed class Scored
    {
        public SegmentationMask? PredictedMask { get; set; }
    }
    // end rows
}
