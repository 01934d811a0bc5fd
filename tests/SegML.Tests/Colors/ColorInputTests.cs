using SegML.Colors;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Tests.Scoring;
using SegML.Tests.Training;
using SegML.Training;
using SegML.Training.Models;
using SegML.Training.Networks;
using SegML.Training.Runs;
using static TorchSharp.torch;

namespace SegML.Tests.Colors;

/// <summary>Colour spaces as a network's input.</summary>
[TestClass]
public sealed class ColorInputTests
{
    [TestMethod]
    [DynamicData(nameof(Palettes.Spaces), typeof(Palettes))]
    public void BothLayoutsHoldTheSameNumbers(ColorSpace space)
    {
        // More than one block, and an odd rest.
        using RgbaImage image = TestImages.Noise(67, 31, seed: 3);
        var input = new InputOptions { ColorSpace = space };
        int pixels = 67 * 31, channels = input.ChannelCount;
        float[] planes = new float[channels * pixels], interleaved = new float[channels * pixels], colors = Palettes.Convert(image, space);
        InputTensor.Fill(image, input, planes);
        InputTensor.Fill(image, input, interleaved, TensorLayout.Nhwc);
        for (int i = 0; i < planes.Length; i++)
        {
            int c = i / pixels;
            Assert.AreEqual(planes[i], interleaved[i % pixels * channels + c]);
            Assert.AreEqual((colors[i] - input.Mean[c]) / input.Std[c], planes[i], 1e-5f);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Palettes.Spaces), typeof(Palettes))]
    public void MinMaxIsFromZeroToOne(ColorSpace space)
    {
        var input = new InputOptions { ColorSpace = space, Normalization = InputNormalization.MinMax };
        float[] values = new float[input.ChannelCount * Palettes.Dense.Width];
        InputTensor.Fill(Palettes.Dense, input, values);
        Assert.IsGreaterThanOrEqualTo(-1e-5f, values.Min());
        Assert.IsLessThan(0.04f, values.Min());
        Assert.IsGreaterThan(0.96f, values.Max());
        Assert.IsLessThanOrEqualTo(1 + 1e-5f, values.Max());
    }

    [TestMethod]
    public void DefaultsFollowTheSpaceAndOnesOwnNumbersStay()
    {
        CollectionAssert.AreEqual(new[] { 0.485f, 0.456f, 0.406f }, new InputOptions().Mean.ToArray());
        CollectionAssert.AreEqual(new[] { 0.225f, 0.224f, 0.229f }, new InputOptions { ColorSpace = ColorSpace.Bgr }.Std.ToArray());
        CollectionAssert.AreEqual(new[] { 50, 6, -6.5f }, new InputOptions { ColorSpace = ColorSpace.Lab }.Mean.ToArray());
        CollectionAssert.AreEqual(new[] { 25, 46.5f, 50.75f }, new InputOptions { ColorSpace = ColorSpace.Lab }.Std.ToArray());
        var grey = new InputOptions { ColorSpace = ColorSpace.Gray601, Normalization = InputNormalization.MinMax };
        CollectionAssert.AreEqual(new[] { 1f }, grey.Std.ToArray());
        var own = new InputOptions { Mean = [1, 2, 3] };
        CollectionAssert.AreEqual(new[] { 1f, 2, 3 }, (own with { ColorSpace = ColorSpace.Lab }).Mean.ToArray());
    }

    [TestMethod]
    public void NumbersThatDoNotFitTheSpaceAreRefused()
    {
        foreach (InputOptions input in (InputOptions[])
        [
            new() { ColorSpace = ColorSpace.Gray601, Mean = [0, 0, 0] },
            new() { ColorSpace = ColorSpace.Cmyk, Std = [1, 1, 1] },
        ])
        {
            StringAssert.Contains(Assert.ThrowsExactly<PipelineFormatException>(() => input.Validate("street.json")).Message, "one number a channel");
        }
    }

    [TestMethod]
    public void MetadataCarriesSpaceAndNumbers()
    {
        ModelInfo info = Info("""{ "colorSpace": "oklab", "normalization": "minMax" }""");
        Assert.AreEqual(ColorSpace.OkLab, info.Input.ColorSpace);
        string json = info.ToMetadata()["segml.input"];
        StringAssert.Contains(json, "\"colorSpace\":\"oklab\"");
        StringAssert.Contains(json, "\"mean\":[0,-0.24,-0.32]");
        Assert.DoesNotContain("channels", json);
    }

    [TestMethod]
    public void ModelsAndFilesFromBeforeColourSpacesStillRead()
    {
        ModelInfo info = Info("""{ "width": 320, "height": 240, "channels": "bgr", "mean": [0.1, 0.2, 0.3], "std": [1, 1, 1] }""");
        Assert.AreEqual(ColorSpace.Bgr, info.Input.ColorSpace);
        CollectionAssert.AreEqual(new[] { 0.1f, 0.2f, 0.3f }, info.Input.Mean.ToArray());
    }

    [TestMethod]
    [DataRow(ColorSpace.Lab)]
    [DataRow(ColorSpace.Gray709)]
    [DataRow(ColorSpace.Cmyk)]
    public void ANetworkTrainsExportsAndScoresInTheSpace(ColorSpace space)
    {
        using var folder = new TemporaryFolder();
        Pipeline pipeline = BoxScenes.Pipeline with
        {
            Input = new InputOptions { Width = 40, Height = 32, ColorSpace = space },
            Training = BoxScenes.Pipeline.Training with { Epochs = 1 },
        };
        Trainer.Train(pipeline, BoxScenes.Source(3), null, folder.Path);
        ModelExport.Export(folder.Path, folder.File("boxes.onnx"));

        Pipeline saved = RunFolder.ReadPipeline(folder.Path);
        Assert.AreEqual(space, saved.Input.ColorSpace);
        using SegmentationNetwork network = RunFolder.ReadBest(folder.Path, saved);
        using Segmenter segmenter = Segmenter.Load(folder.File("boxes.onnx"));
        (RgbaImage image, _) = BoxScenes.Draw(99, 83, 61);
        using (image)
        {
            SegmentationMask trained = ModelEvaluation.Predict(network, image, saved.Input, saved.Classes, CPU), scored = segmenter.Predict(image);
            Assert.IsGreaterThan(0.99, trained.Ids.ToArray().Zip(scored.Ids.ToArray(), (a, b) => a == b ? 1.0 : 0).Average());
        }
    }

    private static ModelInfo Info(string input)
    {
        var metadata = new Dictionary<string, string>(TinyModel.Info.ToMetadata()) { ["segml.format"] = "1", ["segml.input"] = input };
        return ModelInfo.FromMetadata(metadata, "street.onnx");
    }
}
