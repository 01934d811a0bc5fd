using System.Text;
using System.Text.Json.Nodes;
using SegML.Cli;
using SegML.Cli.Terminal;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Tests.Images;
using SegML.Tests.Scoring;

namespace SegML.Tests.Cli;

/// <summary><c>segml evaluate</c> on images whose greatest channel is their class.</summary>
[TestClass]
public sealed class EvaluateTests
{
    private readonly TemporaryFolder _folder = new();
    private string _model = "", _pipeline = "";

    [TestInitialize]
    public void DrawAnImage()
    {
        // The truth is red left and green right; the image turns green two columns early, and blue nowhere.
        var mask = new SegmentationMask(40, 10, TinyModel.Classes);
        using var image = new RgbaImage(40, 10);
        for (int i = 0; i < 400; i++)
        {
            mask.Ids[i] = (byte)(i % 40 < 20 ? 0 : 1);
            bool isRed = i % 40 < 18;
            ReadOnlySpan<byte> color = isRed ? [255, 0, 0, 255] : [0, 255, 0, 255];
            color.CopyTo(image.Row(i / 40)[(4 * (i % 40))..]);
        }
        ImageFile.Write(_folder.File("images/a.png"), image);
        MaskFile.Write(_folder.File("masks/a.png"), mask);
        _model = _folder.File("tiny.onnx", TinyModel.Create(TinyModel.Info with { Input = TinyModel.Info.Input with { Width = 40, Height = 10 } }));
        _pipeline = _folder.File("p.json", Encoding.UTF8.GetBytes("""
            {
              "name": "t", "classes": [ { "id": 0, "name": "red" }, { "id": 1, "name": "green" }, { "id": 2, "name": "blue" } ],
              "data": { "root": ".", "splits": { "val": { "images": "images", "masks": "masks" } } }
            }
            """));
    }

    [TestCleanup]
    public void Clean() => _folder.Dispose();

    [TestMethod]
    public void JsonHoldsEveryFigure()
    {
        Segml.Result result = Segml.Run("evaluate", _model, _pipeline, "--split", "val", "--device", "cpu", "--json");
        Assert.AreEqual(0, result.Code, result.Error);
        JsonNode json = JsonNode.Parse(result.Output)!;
        Assert.AreEqual(380.0 / 400, (double)json["pixelAccuracy"]!, 1e-12);
        Assert.AreEqual((180.0 / 200 + 200.0 / 220) / 2, (double)json["meanIoU"]!, 1e-12);
        Assert.AreEqual((180.0 / 200 + 200.0 / 220) / 2, (double)json["frequencyWeightedIoU"]!, 1e-12);
        Assert.AreEqual((360.0 / 380 + 400.0 / 420) / 2, (double)json["meanDice"]!, 1e-12);
        Assert.AreEqual(1, (double)json["boundaryF1"]!);
        Assert.AreEqual(400.0 / 420, (double)json["classes"]![1]!["dice"]!, 1e-12);
        Assert.AreEqual(1, (double)json["classes"]![0]!["boundaryF1"]!);
        Assert.IsNull(json["classes"]![2]!["boundaryF1"]);
        Assert.AreEqual("[[180,20,0],[0,200,0],[0,0,0]]", json["confusionMatrix"]!.ToJsonString());
    }

    [TestMethod]
    public void TheTableAndTheMatrixArePrinted()
    {
        Segml.Result result = Segml.Run("evaluate", _model, _pipeline, "--split", "val", "--device", "cpu");
        Assert.AreEqual(0, result.Code, result.Error);
        Assert.Contains("green                   0.9091  0.9524     0.9091  1.0000       1.0000", result.Output);
        Assert.Contains("boundary F1 (2 px)      1.0000", result.Output);
        Assert.Contains("red        90.00  10.00   0.00", result.Output);
    }

    [TestMethod]
    public void TilesScoreImagesAtTheirOwnResolution()
    {
        // Stripes of one column are lost where the image is shown to the model at a fraction of its size.
        var mask = new SegmentationMask(80, 80, TinyModel.Classes);
        using var image = new RgbaImage(80, 80);
        for (int i = 0; i < 6400; i++)
        {
            mask.Ids[i] = (byte)(i % 2);
            ReadOnlySpan<byte> color = i % 2 == 0 ? [255, 0, 0, 255] : [0, 255, 0, 255];
            color.CopyTo(image.Pixels[(4 * i)..]);
        }
        ImageFile.Write(_folder.File("images/a.png"), image);
        MaskFile.Write(_folder.File("masks/a.png"), mask);
        string[] command = ["evaluate", _model, _pipeline, "--split", "val", "--device", "cpu", "--json"];
        JsonNode whole = JsonNode.Parse(Segml.Run(command).Output)!, tiled = JsonNode.Parse(Segml.Run([.. command, "--tile-size", "16"]).Output)!;
        Assert.AreEqual(1, (double)tiled["pixelAccuracy"]!, 1e-12);
        Assert.AreEqual(16, (int)tiled["tileSize"]!);
        Assert.IsLessThan(0.9, (double)whole["pixelAccuracy"]!);
        Assert.Contains("scored in tiles of 16 pixels", Segml.Run([.. command[..^1], "--tile-size", "16"]).Output);
        Segml.Fails(2, Segml.Run("evaluate", _folder.Path, _pipeline, "--tile-size", "16"), "--tile-size", "run's folder");
    }

    [TestMethod]
    public void TheNextCommandsCanBeParsed()
    {
        string output = Segml.Run("evaluate", _model, _pipeline, "--split", "val", "--device", "cpu").Output;
        string[] next = [.. output[output.IndexOf("next:", StringComparison.Ordinal)..].Split('\n').Skip(1).Where(l => l.Length > 0).Select(l => l.Trim())];
        Assert.HasCount(2, next);
        Pipeline pipeline = PipelineFile.Read(_pipeline);
        File.Copy(_pipeline, _folder.File("pipeline.json"));
        foreach (string command in (string[])
        [
            .. next,
            .. NextSteps.AfterTraining("runs/t", pipeline),
            .. NextSteps.AfterExport(_folder.Path, "a.onnx", segmlOnly: true),
            .. NextSteps.AfterExport("b.onnx", "a.onnx", segmlOnly: true),
            .. NextSteps.AfterExport("b.onnx", "a.onnx", segmlOnly: false),
            .. NextSteps.AfterEvaluation(_folder.Path, pipeline, "val", augmented: false),
        ])
        {
            Assert.StartsWith("segml ", command);
            Assert.IsEmpty(CommandLine.CreateRoot().Parse([.. command.Split(' ').Skip(1)]).Errors, command);
        }
    }

    [TestMethod]
    public void TestTimeAugmentationStandsBesideThePlainFigures()
    {
        string[] command = ["evaluate", _model, _pipeline, "--split", "val", "--device", "cpu"];
        JsonObject plain = JsonNode.Parse(Segml.Run([.. command, "--json"]).Output)!.AsObject();
        JsonObject both = JsonNode.Parse(Segml.Run([.. command, "--json", "--flip", "--scales", "0.5,1"]).Output)!.AsObject();
        JsonNode augmented = both["testTimeAugmentation"]!;
        Assert.IsTrue(both.Remove("testTimeAugmentation"));
        Assert.AreEqual(plain.ToJsonString(), both.ToJsonString());
        Assert.IsTrue((bool)augmented["flip"]!);
        Assert.AreEqual("[0.5,1]", augmented["scales"]!.ToJsonString());
        Assert.IsNotNull(augmented["meanIoU"]);

        string text = Segml.Run([.. command, "--flip"]).Output;
        string plainText = Segml.Run(command).Output;
        Assert.StartsWith(plainText[..plainText.IndexOf("next:", StringComparison.Ordinal)].TrimEnd(), text);
        Assert.Contains("with test-time augmentation (flip, scales 1), 2 times the network's work", text);
        Assert.Contains("(vertical flip, turns by 90 degrees, scales 1), 8 times the network's work", Segml.Run([.. command, "--vertical-flip", "--rotate90"]).Output);
        Segml.Fails(2, Segml.Run([.. command, "--scales", "9"]), "--scales", "0.25 to 4");
    }
}
