using SegML.Colors;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Scoring.Adoption;
using SegML.Scoring.Adoption.Presets;
using SegML.Tests.Images;
using DataType = SegML.Onnx.Protobuf.TensorProto.Types.DataType;

namespace SegML.Tests.Adoption;

/// <summary>Each preset on a stand-in for a model of its origin, with the files that the origin writes; and each on a model of another.</summary>
[TestClass]
public sealed class ModelPresetTests
{
    private readonly TemporaryFolder _folder = new();

    [TestCleanup]
    public void DeleteFolder() => _folder.Dispose();

    [TestMethod]
    public void TorchVisionsOutputIsFoundAndItsClassesAreThoseOfVoc()
    {
        float[][] rows = [.. Enumerable.Range(0, 21).Select(c => new float[] { c == 2 ? 1 : 0, c == 7 ? 1 : 0, c == 15 ? 1 : 0 })];
        // Sizes are left open wholly, as its exporter does behind a resize.
        ForeignModel model = new ForeignModel().Input("input", DataType.Float, 0, 3, 0, 0).Convolution("input", "map", rows).Node("Relu", "map", "out").Node("Identity", "out", "aux")
            .Output("aux", DataType.Float, 0, 21, 0, 0).Output("out", DataType.Float, 0, 0, 0, 0);
        ModelDescription said = Describe(model, "torchvision");
        Assert.AreEqual((520, InputFit.ShortSide), (said.Input.Width, said.Input.Fit));
        using SegmentationMask mask = Score(model, said);
        ForeignModel.AssertStripes(mask, 2, 7, 15);
        Assert.AreEqual("person", mask.Classes.Names[15]);
    }

    [TestMethod]
    public void SmpsSingleChannelIsAForegroundsLogit()
    {
        ForeignModel model = new ForeignModel().Input("x", DataType.Float, 0, 3, 0, 0).Convolution("x", "y", [1, -1, -1]).Output("y", DataType.Float, 0, 1, 0, 0);
        ModelDescription said = Describe(model, "smp");
        Assert.AreEqual((32, OutputMeaning.SigmoidLogits), (said.Input.Multiple, said.Output.Meaning));
        // A size of 32's own multiples, which is not resized.
        using RgbaImage image = ForeignModel.Stripes(96, 32);
        using Segmenter segmenter = Segmenter.Load(ModelAdoption.Adopt(model.Bytes(), "m.onnx", said).Model, "m.onnx");
        using SegmentationMask mask = segmenter.Predict(image);
        ForeignModel.AssertStripes(mask, 1, 0, 0);
    }

    [TestMethod]
    public void HuggingFacesLabelsAndProcessorAreRead()
    {
        Write("config.json", """{ "id2label": { "1": "road", "0": "wall", "2": "wall" } }""");
        Write("preprocessor_config.json", """
            { "do_resize": true, "size": { "height": 32, "width": 48 }, "resample": 2, "do_rescale": true, "rescale_factor": 0.00392156862745098,
              "do_normalize": true, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "do_reduce_labels": true }
            """);
        ForeignModel model = Three("pixel_values", "logits");
        ModelDescription said = Describe(model, "hf");
        Assert.AreEqual((48, 32, InputFit.Stretch, 1.0), (said.Input.Width, said.Input.Height, said.Input.Fit, said.Input.Range));
        using SegmentationMask mask = Score(model, said);
        ForeignModel.AssertStripes(mask, 0, 1, 2);
        CollectionAssert.AreEqual(new[] { "wall", "road", "wall (2)" }, mask.Classes.Names.ToArray());
        // The data set's own numbers are one more, and its 0 is nothing.
        CollectionAssert.AreEqual(new[] { "2" }, mask.Classes.Classes[1].From!.ToArray());
        Write("preprocessor_config.json", """{ "do_center_crop": true }""");
        Refused(() => Describe(model, "hf"), "crops the image's centre");
    }

    [TestMethod]
    public void UltralyticsNamesAndLetterboxAreRead()
    {
        ForeignModel model = new ForeignModel().Input("images", DataType.Float, 1, 3, 64, 64).Colour("images", "output0").Output("output0", DataType.Float, 1, 3, 64, 64);
        model.Metadata["names"] = "{0: 'sky', 1: \"driver's road\", 2: 'car'}";
        model.Metadata["task"] = "semantic";
        ModelDescription said = Describe(model, "ultralytics");
        Assert.AreEqual(InputFit.Letterbox, said.Input.Fit);
        using SegmentationMask mask = Score(model, said);
        ForeignModel.AssertStripes(mask, 0, 1, 2);
        Assert.AreEqual("driver's road", mask.Classes.Names[1]);
    }

    [TestMethod]
    public void PaddleSegsTransformsAreRead()
    {
        Write("deploy.yaml", """
            Deploy:
              input_shape: [-1, 3, -1, -1]
              model: model.pdmodel
              output_dtype: int32
              output_op: argmax
              transforms:
              - target_size: [48, 32]   # width, height
                type: Resize
              - mean:
                - 0.5
                - 0.5
                - 0.5
                std: [0.25, 0.25, 0.25]
                type: Normalize
            """);
        ForeignModel model = new ForeignModel().Input("x", DataType.Float, 0, 3, 0, 0).Colour("x", "map").Node("ArgMax", "map", "ids", ("axis", 1L), ("keepdims", 0L)).Node("Cast", "ids", "y", ("to", 6L))
            .Output("y", DataType.Int32, 0, 0, 0);
        ModelDescription said = Describe(model, "paddleseg");
        Assert.AreEqual((48, 32, 0.25f), (said.Input.Width, said.Input.Height, said.Input.Std![1]));
        using SegmentationMask mask = Score(model, said with { Classes = ClassSet.Of("a", "b", "c").Classes });
        ForeignModel.AssertStripes(mask, 0, 1, 2);
        Write("deploy.yaml", "Deploy:\n  transforms:\n  - type: RandomCrop\n");
        Refused(() => Describe(model, "paddleseg"), "has the transform RandomCrop");
    }

    [TestMethod]
    public void MMSegmentationsTransformsAreRead()
    {
        Write("pipeline.json", """
            { "pipeline": { "tasks": [ { "type": "Task", "module": "Transform", "name": "Preprocess", "transforms": [
              { "type": "LoadImageFromFile" }, { "type": "Resize", "size": [48, 32], "keep_ratio": false },
              { "type": "Normalize", "mean": [123.675, 116.28, 103.53], "std": [58.395, 57.12, 57.375], "to_rgb": false } ] },
              { "name": "net", "type": "Task", "module": "Net" } ] } }
            """);
        ForeignModel model = new ForeignModel().Input("input", DataType.Float, 0, 3, 0, 0).Colour("input", "map").Node("ArgMax", "map", "output", ("axis", 1L)).Output("output", DataType.Int64, 0, 1, 0, 0);
        ModelDescription said = Describe(model, "mmseg");
        Assert.AreEqual((255.0, ColorSpace.Bgr), (said.Input.Range, said.Input.ColorSpace));
        using SegmentationMask mask = Score(model, said with { Classes = ClassSet.Of("a", "b", "c").Classes });
        ForeignModel.AssertStripes(mask, 2, 1, 0);
    }

    [TestMethod]
    [DataRow("u2net", 0, 1)]
    [DataRow("isnet", 0, 1)]
    [DataRow("modnet", 1, 1)]
    public void OneChannelIsReadAsItsOriginMeansIt(string preset, int red, int green)
    {
        // 0.55 and 0.6 and 0.65: all above a half, and for saliency from least to greatest.
        ForeignModel model = new ForeignModel().Input("input.1", DataType.Float, 1, 3, 32, 48).Floats("zero", [0]).Node("Sign", "input.1", "bright")
            .Convolution("bright", "map", [-0.025f, 0.025f, 0]).Floats("base", [0.6f]).Node("Add", "map base", "1959").Output("1959", DataType.Float, 1, 1, 32, 48);
        ModelDescription said = Describe(model, preset);
        using SegmentationMask mask = Score(model, said);
        Assert.AreEqual((red, green), (mask[3, 3], mask[24, 3]));
    }

    [TestMethod]
    [DataRow("torchvision", 1, "gives one channel")]
    [DataRow("u2net", 3, "gives 3 channels")]
    [DataRow("isnet", 3, "gives 3 channels")]
    [DataRow("modnet", 3, "gives 3 channels")]
    [DataRow("hf", 3, "config.json is missing, which the preset hf reads; name the folder that has it: --from DIR")]
    [DataRow("paddleseg", 3, "deploy.yaml is missing")]
    [DataRow("mmseg", 3, "pipeline.json is missing")]
    [DataRow("ultralytics", 3, "has no names in its metadata")]
    public void AModelOfAnotherOriginIsRefused(string preset, int channels, string message)
    {
        ForeignModel model = channels == 3 ? Three("x", "y")
            : new ForeignModel().Input("x", DataType.Float, 0, 3, 0, 0).Convolution("x", "y", [1, 0, 0]).Output("y", DataType.Float, 0, 1, 0, 0);
        Refused(() => Describe(model, preset), message);
    }

    private static ForeignModel Three(string input, string output) =>
        new ForeignModel().Input(input, DataType.Float, 0, 3, 0, 0).Colour(input, output).Output(output, DataType.Float, 0, 3, 0, 0);

    private ModelDescription Describe(ForeignModel model, string preset) =>
        ModelPreset.Of(preset)!.Describe(_folder.File($"{Guid.NewGuid():N}.onnx", model.Bytes()), _folder.Path);

    private static SegmentationMask Score(ForeignModel model, ModelDescription said)
    {
        using Segmenter segmenter = Segmenter.Load(ModelAdoption.Adopt(model.Bytes(), "m.onnx", said).Model, "m.onnx", new SegmenterOptions { Threads = 1 });
        using RgbaImage image = ForeignModel.Stripes();
        return segmenter.Predict(image);
    }

    private void Write(string file, string text) => File.WriteAllText(_folder.File(file), text);

    private static void Refused(Action action, string message) => Assert.Contains(message, Assert.ThrowsExactly<ModelFormatException>(action).Message);
}
