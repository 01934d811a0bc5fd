using SegML.Colors;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Scoring.Adoption;
using SegML.Tests.Images;
using DataType = SegML.Onnx.Protobuf.TensorProto.Types.DataType;

namespace SegML.Tests.Adoption;

[TestClass]
public sealed class ModelAdoptionTests
{
    private static readonly ModelDescription Plain = new() { Classes = ClassSet.Of("red", "green", "blue").Classes };

    [TestMethod]
    public void LogitsOfAnyNamesAreScored() => Scores(
        new ForeignModel().Input("pixel_values", DataType.Float, 0, 3, 0, 0).Colour("pixel_values", "map").Output("map", DataType.Float, 0, 3, 0, 0), Plain, 0, 1, 2);

    [TestMethod]
    public void NamesThatSegMLUsesItselfMayMeanOtherThings() => Scores(
        new ForeignModel().Input("logits", DataType.Float, 0, 3, 0, 0).Colour("logits", "image").Node("Identity", "image", "out").Output("out", DataType.Float, 0, 3, 0, 0), Plain, 0, 1, 2);

    [TestMethod]
    public void BytesInterleavedAndLogitsInterleavedAreScored() => Scores(
        new ForeignModel().Input("img", DataType.Uint8, 1, 0, 0, 3).Node("Cast", "img", "floats", ("to", 1L)).Node("Transpose", "floats", "planes", ("perm", new long[] { 0, 3, 1, 2 }))
            .Colour("planes", "map").Node("Transpose", "map", "out", ("perm", new long[] { 0, 2, 3, 1 })).Output("out", DataType.Float, 1, 0, 0, 3), Plain, 0, 1, 2);

    [TestMethod]
    public void BytesArriveAsTheyAre()
    {
        // Class 1 only where red is 200 exactly, which a value cut to 199 misses.
        ForeignModel model = new ForeignModel().Input("img", DataType.Uint8, 0, 3, 0, 0).Node("Cast", "img", "floats", ("to", 1L)).Convolution("floats", "red", [1, 0, 0])
            .Floats("wanted", [200]).Node("Equal", "red wanted", "is").Node("Cast", "is", "ids", ("to", 7L)).Output("ids", DataType.Int64, 0, 1, 0, 0);
        for (int level = 198; level <= 202; level++)
        {
            using var image = new RgbaImage(16, 16);
            image.Pixels.Fill((byte)level);
            using Segmenter segmenter = Load(model, new ModelDescription { Classes = ClassSet.Of("other", "200").Classes });
            using SegmentationMask mask = segmenter.Predict(image);
            Assert.AreEqual(level == 200 ? 1 : 0, mask[3, 3], $"level {level}");
        }
    }

    [TestMethod]
    public void HalfPrecisionInAndOutIsScored()
    {
        ForeignModel model = new ForeignModel().Input("x", DataType.Float16, 0, 3, 0, 0).Node("Cast", "x", "floats", ("to", 1L)).Colour("floats", "map").Node("Cast", "map", "y", ("to", 10L))
            .Output("y", DataType.Float16, 0, 3, 0, 0);
        Scores(model, Plain, 0, 1, 2);
    }

    [TestMethod]
    [DataRow(7L, 0L)]
    [DataRow(6L, 1L)]
    [DataRow(2L, 1L)]
    public void ArgMaxOfAnyTypeIsLookedThrough(long type, long keepDimensions)
    {
        ForeignModel model = new ForeignModel().Input("x", DataType.Float, 1, 3, 0, 0).Colour("x", "map").Node("Softmax", "map", "p", ("axis", 1L))
            .Node("ArgMax", "p", "ids", ("axis", 1L), ("keepdims", keepDimensions)).Node("Cast", "ids", "y", ("to", type));
        model.Output("y", (DataType)type, keepDimensions == 0 ? [1, 0, 0] : [1, 1, 0, 0]);
        Scores(model, Plain, 0, 1, 2);
        // Red's probability, which the class numbers alone do not tell.
        using Segmenter segmenter = Load(model, Plain);
        using RgbaImage image = ForeignModel.Stripes();
        using SegmentationScores scores = segmenter.Score(image);
        Assert.AreEqual(Math.E / (Math.E + 2), scores.Values[0], 1e-5);
    }

    [TestMethod]
    [DataRow(7L)]
    [DataRow(6L)]
    [DataRow(2L)]
    [DataRow(1L)]
    public void ClassNumbersOfAnyTypeAreScored(long type)
    {
        ForeignModel model = new ForeignModel().Input("x", DataType.Float, 0, 3, 0, 0).Convolution("x", "map", [2, 1, 0]).Node("Cast", "map", "y", ("to", type)).Output("y", (DataType)type, 0, 1, 0, 0);
        Scores(model, Plain with { Output = new OutputDescription { Meaning = OutputMeaning.ClassIndex } }, 2, 1, 0);
    }

    [TestMethod]
    [DataRow(0.5, 0, 1, 0)]
    [DataRow(0.6, 0, 0, 0)]
    [DataRow(0.4, 1, 1, 0)]
    public void OneSigmoidChannelIsAForeground(double threshold, int red, int green, int blue)
    {
        // Logits -0.2, 0.2, -3: probabilities 0.45, 0.55, 0.05.
        ForeignModel logits = new ForeignModel().Input("x", DataType.Float, 0, 3, 0, 0).Convolution("x", "y", [-0.2f, 0.2f, -3]);
        ForeignModel sigmoid = new ForeignModel().Input("x", DataType.Float, 0, 3, 0, 0).Convolution("x", "map", [-0.2f, 0.2f, -3]).Node("Sigmoid", "map", "y");
        foreach (ForeignModel model in new[] { logits, sigmoid })
        {
            model.Output("y", DataType.Float, 0, 1, 0, 0);
            Scores(model, new ModelDescription { Output = new OutputDescription { Threshold = threshold } }, (byte)red, (byte)green, (byte)blue);
        }
    }

    [TestMethod]
    public void AForegroundsScoreIsItsProbability()
    {
        ForeignModel model = new ForeignModel().Input("x", DataType.Float, 0, 3, 0, 0).Convolution("x", "map", [-0.2f, 0.2f, -3]).Node("Sigmoid", "map", "y").Output("y", DataType.Float, 0, 1, 0, 0);
        using Segmenter segmenter = Load(model, new ModelDescription { Classes = ClassSet.Of("person").Classes });
        CollectionAssert.AreEqual(new[] { "background", "person" }, segmenter.Info.Classes.Names.ToArray());
        using RgbaImage image = ForeignModel.Stripes();
        using SegmentationScores scores = segmenter.Score(image);
        Assert.AreEqual(1 / (1 + Math.Exp(0.2)), scores.Values[48 * 32], 1e-5);
    }

    [TestMethod]
    [DataRow(11)]
    [DataRow(18)]
    public void SaliencyIsStretchedFromLeastToGreatest(long opset)
    {
        // 0.10, 0.18, 0.14: stretched 0, 1, 0.5.
        ForeignModel model = new ForeignModel { Opset = opset }.Input("input.1", DataType.Float, 1, 3, 32, 48).Convolution("input.1", "map", [0.10f, 0.18f, 0.1399f])
            .Node("Identity", "map", "1959").Node("Sigmoid", "map", "1960").Output("1959", DataType.Float, 1, 1, 32, 48).Output("1960", DataType.Float, 1, 1, 32, 48);
        Scores(model, new ModelDescription { Output = new OutputDescription { Meaning = OutputMeaning.Saliency } }, 0, 1, 0);
    }

    [TestMethod]
    public void SeveralSigmoidChannelsOverlap()
    {
        ForeignModel model = new ForeignModel().Input("x", DataType.Float, 0, 3, 0, 0).Convolution("x", "map", [5, -5, 5], [5, 5, -5]).Node("Sigmoid", "map", "y").Output("y", DataType.Float, 0, 2, 0, 0);
        Scores(model, new ModelDescription { Classes = ClassSet.Of("warm", "road").Classes }, 0b11, 0b10, 0b01);
    }

    [TestMethod]
    public void NormalisationIsThatOfTheDescription()
    {
        // Of BGR bytes less the mean: blue counts first, in units of 0..255.
        ForeignModel model = new ForeignModel().Input("x", DataType.Float, 0, 3, 0, 0).Colour("x", "y").Output("y", DataType.Float, 0, 3, 0, 0);
        ModelDescription said = Plain with { Input = new InputDescription { Range = 255, Mean = [300, 0, 0], Std = [1, 2, 2], ColorSpace = ColorSpace.Bgr } };
        Scores(model, said, 2, 1, 1);
    }

    [TestMethod]
    public void ALetterboxIsTakenOffTheMask()
    {
        // The bars are white, and class 3 is white: none of it may be seen.
        ForeignModel model = new ForeignModel().Input("x", DataType.Float, 1, 3, 32, 32).Convolution("x", "y", [1, 0, 0], [0, 1, 0], [0, 0, 1], [0.5f, 0.5f, 0.5f]).Output("y", DataType.Float, 1, 4, 32, 32);
        ModelDescription said = new()
        {
            Classes = ClassSet.Of("red", "green", "blue", "bars").Classes,
            Input = new InputDescription { Fit = InputFit.Letterbox, PadColor = new Rgb(255, 255, 255) },
        };
        Scores(model, said, 0, 1, 2);
        using Segmenter segmenter = Load(model, said);
        using RgbaImage tall = ForeignModel.Stripes(24, 96);
        using SegmentationMask mask = segmenter.Predict(tall);
        Assert.IsFalse(mask.Ids.Contains((byte)3));
        Assert.AreEqual((0, 1, 2), (mask[2, 50], mask[12, 50], mask[21, 50]));
    }

    [TestMethod]
    public void SidesAreRoundedToTheMultiple()
    {
        var input = new InputOptions { Fit = InputFit.Original, Multiple = 32 };
        Assert.AreEqual((640, 480), input.SizeFor(650, 470));
        Assert.AreEqual((32, 32), input.SizeFor(3, 5));
        Assert.AreEqual((520, 390), new InputOptions { Fit = InputFit.ShortSide, Width = 520, Height = 390 }.SizeFor(640, 480));
    }

    [TestMethod]
    public void WhatTheDescriptionContradictsIsSaid()
    {
        ForeignModel three = new ForeignModel().Input("x", DataType.Float, 1, 3, 32, 48).Colour("x", "y").Output("y", DataType.Float, 1, 3, 32, 48);
        Refused(three, new ModelDescription { Classes = ClassSet.Of("a", "b").Classes }, "gives 3 channels (\"y\" float [1, 3, 32, 48]), and 2 classes are named; is background missing?");
        Refused(three, new ModelDescription { Output = new OutputDescription { Name = "z" } }, "has no output \"z\", but \"y\" float [1, 3, 32, 48]; name one of those");
        Refused(three, new ModelDescription { Output = new OutputDescription { Meaning = OutputMeaning.Saliency } }, "gives 3 channels");
        Refused(three, new ModelDescription { Output = new OutputDescription { Meaning = OutputMeaning.ClassIndex } }, "gives 3 channels of floats");
        Refused(three, new ModelDescription { Input = new InputDescription { Width = 64, Height = 64 } }, "takes 48x32 alone, not 64x64");
        Refused(three, new ModelDescription { Input = new InputDescription { Mean = [1, 2] } }, "is described with 2 numbers as mean, and has 3 channels");
        Refused(three, new ModelDescription { Input = new InputDescription { Mean = [123.675f, 116.28f, 103.53f], Std = [58.4f, 57.1f, 57.4f] } },
            "is described with a mean of 123.675 in a range of 1; give the range that the figures are for: --range 255");
        ForeignModel one = new ForeignModel().Input("x", DataType.Float, 0, 3, 0, 0).Convolution("x", "y", [1, 0, 0]).Output("y", DataType.Float, 0, 1, 0, 0);
        Refused(one, new ModelDescription { Output = new OutputDescription { Meaning = OutputMeaning.Logits } }, "gives one channel");
        Assert.Contains("already", Assert.ThrowsExactly<ModelFormatException>(() => ModelAdoption.Adopt(Scoring.TinyModel.Create(), "m.onnx", Plain)).Message);
    }

    [TestMethod]
    public void WhatLooksNormalisedTwiceIsWarnedOf()
    {
        ForeignModel model = new ForeignModel().Input("x", DataType.Float, 0, 3, 0, 0).Floats("mean", [0.5f]).Floats("std", [0.25f]).Node("Sub", "x mean", "a").Node("Div", "a std", "b")
            .Colour("b", "y").Output("y", DataType.Float, 0, 3, 0, 0);
        AdoptedModel once = ModelAdoption.Adopt(model.Bytes(), "m.onnx", Plain);
        Assert.IsEmpty(once.Warnings);
        Assert.IsTrue(once.NormalizesItself);
        AdoptedModel twice = ModelAdoption.Adopt(model.Bytes(), "m.onnx", Plain with { Input = new InputDescription { Mean = [0.5f], Std = [0.25f] } });
        Assert.Contains("probably twice", twice.Warnings.Single());
    }

    [TestMethod]
    public void ADescriptionComesBackFromItsJson()
    {
        using var folder = new TemporaryFolder();
        ForeignModel model = new ForeignModel().Input("x", DataType.Float, 0, 3, 0, 0).Colour("x", "y").Output("y", DataType.Float, 0, 3, 0, 0);
        ModelDescription description = ModelAdoption.Adopt(model.Bytes(), "m.onnx", Plain).Description;
        string path = Path.Combine(folder.Path, "m.json");
        File.WriteAllText(path, description.ToJson());
        ModelDescription again = ModelDescription.Read(path);
        Assert.AreEqual(description.ToJson(), again.ToJson());
        Assert.Contains("\"red\"", description.ToJson());
        Scores(model, again, 0, 1, 2);
        File.WriteAllText(path, "{ \"mean\": 3 }");
        Assert.Contains("is no description of a model", Assert.ThrowsExactly<ModelFormatException>(() => ModelDescription.Read(path)).Message);
    }

    private static void Scores(ForeignModel model, ModelDescription said, params byte[] expected)
    {
        using Segmenter segmenter = Load(model, said);
        using RgbaImage image = ForeignModel.Stripes();
        using SegmentationMask mask = segmenter.Predict(image);
        ForeignModel.AssertStripes(mask, expected);
    }

    private static Segmenter Load(ForeignModel model, ModelDescription said) =>
        Segmenter.Load(ModelAdoption.Adopt(model.Bytes(), "foreign.onnx", said).Model, "foreign.onnx", new SegmenterOptions { Threads = 1 });

    private static void Refused(ForeignModel model, ModelDescription said, string message) =>
        Assert.StartsWith($"foreign.onnx {message}", Assert.ThrowsExactly<ModelFormatException>(() => ModelAdoption.Adopt(model.Bytes(), "foreign.onnx", said)).Message);
}
