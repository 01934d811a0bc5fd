using Microsoft.ML;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Transforms.Onnx;
using SegML.Evaluation;
using SegML.Images;
using SegML.Masks;
using SegML.MLNet;
using SegML.Scoring;
using SegML.Scoring.Adoption;
using SegML.Tests.Images;
using SegML.Tests.Scoring;
using SegML.Training.Models;
using DataType = SegML.Onnx.Protobuf.TensorProto.Types.DataType;

namespace SegML.Tests.Adoption;

/// <summary>What works on SegML's own models works on adopted ones: tiles, further views, other precisions, a self-contained form, ML.NET.</summary>
[TestClass]
public sealed class AdoptedModelTests
{
    private static readonly ModelDescription Said = new()
    {
        Classes = ClassSet.Of("red", "green", "blue").Classes,
        Input = new InputDescription { Width = 48, Height = 32, Mean = [0.5f], Std = [0.25f] },
    };

    private readonly TemporaryFolder _folder = new();

    [TestCleanup]
    public void DeleteFolder() => _folder.Dispose();

    [TestMethod]
    public void TilesKnowWhatTheNetworkSees()
    {
        string model = Adopted(Network());
        using var segmenter = Segmenter.Load(model, new SegmenterOptions { Threads = 1, Tiles = new TileOptions { Size = 32 } });
        Assert.AreEqual((1, 1), (segmenter.ReceptiveField.Margin, segmenter.ReceptiveField.Stride));
        Assert.IsTrue(segmenter.ReceptiveField.IsBounded);
        using RgbaImage image = ForeignModel.Stripes(150, 70);
        using SegmentationMask mask = segmenter.Predict(image);
        ForeignModel.AssertStripes(mask, 0, 1, 2);
    }

    [TestMethod]
    public void FurtherViewsAverageProbabilities()
    {
        ForeignModel model = new ForeignModel().Input("x", DataType.Float, 0, 3, 0, 0).Colour("x", "map").Node("Softmax", "map", "y", ("axis", 1L)).Output("y", DataType.Float, 0, 3, 0, 0);
        string path = Adopted(model);
        using RgbaImage image = ForeignModel.Stripes();
        using var once = Segmenter.Load(path);
        using var views = Segmenter.Load(path, new SegmenterOptions { Flip = true, Scales = [1, 2] });
        using SegmentationScores expected = once.Score(image), scores = views.Score(image);
        using SegmentationMask mask = views.Predict(image);
        ForeignModel.AssertStripes(mask, 0, 1, 2);
        Assert.AreEqual(expected.Values[5 * 48 + 5], scores.Values[5 * 48 + 5], 1e-4);
        Assert.AreEqual(1, scores.Values[3] + scores.Values[48 * 32 + 3] + scores.Values[2 * 48 * 32 + 3], 1e-4);
    }

    [TestMethod]
    public void HalfPrecisionIsProven()
    {
        string model = Adopted(Network()), half = _folder.File("half.onnx");
        ModelConversion.Convert(model, half, new ModelConversionOptions { Precision = ModelPrecision.Fp16 });
        AssertStripes(half);
    }

    [TestMethod]
    public void OfOneImageSizeItIsSelfContained()
    {
        string model = Adopted(Network());
        ModelConversion.Convert(model, _folder.File("self.onnx"), new ModelConversionOptions { SelfContained = new SelfContained { Width = 48, Height = 32 } });
        using var alone = new Onnx.Rewriting.RawModel(_folder.File("self.onnx"));
        using var segmenter = Segmenter.Load(model);
        using RgbaImage image = ForeignModel.Stripes();
        using SegmentationMask mask = segmenter.Predict(image);
        Assert.IsGreaterThanOrEqualTo(0.999, Onnx.Rewriting.RawModel.Agreement(mask, alone.Predict(false, image)[0]));
    }

    [TestMethod]
    public void OfOneSizeNothingIsLeftThatCouldBeComputedBefore()
    {
        ForeignModel network = new ForeignModel().Input("x", DataType.Float, 0, 3, 0, 0).Node("AveragePool", "x", "small", ("kernel_shape", new long[] { 2, 2 }), ("strides", new long[] { 2, 2 }))
            .Colour("small", "map").Node("Shape", "x", "sizes").Node("Resize", "map none none sizes", "y", ("mode", "linear")).Output("y", DataType.Float, 0, 3, 0, 0);
        network.Graph.Node.Single(n => n.OpType == "Resize").Input[1] = network.Graph.Node.Single(n => n.OpType == "Resize").Input[2] = "";
        string model = Adopted(network), still = _folder.File("fixed.onnx");
        ModelConversion.Convert(model, still, new ModelConversionOptions { FixedSize = (48, 32) });
        SegML.Onnx.Protobuf.ModelProto read = SegML.Onnx.Graphs.ModelFile.Read(still);
        CollectionAssert.DoesNotContain(read.Graph.Node.Select(n => n.OpType).ToArray(), "Shape");
        CollectionAssert.AreEqual(new long[] { 1, 3, 32, 48 }, read.Graph.Input[0].Type.TensorType.Shape.Dim.Select(d => d.DimValue).ToArray());
        AssertStripes(still);
    }

    [TestMethod]
    public void MLNetSavesItAndLoadsItWithoutTheFile()
    {
        var ml = new MLContext(seed: 1);
        string foreign = _folder.File("foreign.onnx", Network().Bytes()), image = Image();
        IDataView data = ml.Data.LoadFromEnumerable([new Photo { ImagePath = image }]);
        ITransformer model = ml.Transforms.ApplySegmentationModel("PredictedMask", "ImagePath", foreign, Said).Fit(data);
        ml.Model.Save(model, data.Schema, _folder.File("m.zip"));
        File.Delete(foreign);
        ITransformer loaded = new MLContext().Model.Load(_folder.File("m.zip"), out _);
        Scored row = ml.Data.CreateEnumerable<Scored>(loaded.Transform(data), reuseRowObject: false).Single();
        ForeignModel.AssertStripes(row.PredictedMask!, 0, 1, 2);
    }

    [TestMethod]
    public void ASessionIsConfiguredByTheAppAndByTheMLContext()
    {
        int called = 0;
        string foreign = _folder.File("foreign.onnx", Network().Bytes());
        using (var segmenter = Segmenter.Load(foreign, Said, new SegmenterOptions { ConfigureSession = o => called += o.IntraOpNumThreads, Threads = 3 }))
        {
            Assert.AreEqual(3, called);
        }
        var ml = new MLContext(seed: 1);
        ml.SetOnnxSessionOption(new OnnxSessionOptions
        {
            CreateSessionOptions = () =>
            {
                called = 100;
                return new SessionOptions { IntraOpNumThreads = 1 };
            },
        });
        IDataView data = ml.Data.LoadFromEnumerable([new Photo { ImagePath = Image() }]);
        ITransformer model = ml.Transforms.ApplySegmentationModel("PredictedMask", "ImagePath", foreign, Said).Fit(data);
        Assert.AreEqual(100, called);
        ForeignModel.AssertStripes(ml.Data.CreateEnumerable<Scored>(model.Transform(data), false).Single().PredictedMask!, 0, 1, 2);
    }

    [TestMethod]
    public void AProviderThatIsNotThereNamesItsPackage()
    {
        CollectionAssert.Contains(ExecutionProviders.Available.ToArray(), "CPU");
        if (ExecutionProviders.Available.Contains("OpenVINO"))
        {
            Assert.Inconclusive("this build has OpenVINO");
        }
        var e = Assert.ThrowsExactly<DeviceException>(() => Segmenter.Load(TinyModel.Create(), "m.onnx", new SegmenterOptions { ConfigureSession = ExecutionProviders.OpenVINO() }));
        Assert.StartsWith("the execution provider OpenVINO is not in this build of ONNX Runtime", e.Message);
        Assert.Contains("reference Intel.ML.OnnxRuntime.OpenVino", e.Message);
    }

    // A network that looks at its neighbours, with bytes interleaved on both ends.
    private static ForeignModel Network() => new ForeignModel().Input("img", DataType.Float, 0, 3, 0, 0)
        .Node("AveragePool", "img", "smooth", ("kernel_shape", new long[] { 3, 3 }), ("pads", new long[] { 1, 1, 1, 1 })).Colour("smooth", "map").Output("map", DataType.Float, 0, 3, 0, 0);

    private string Adopted(ForeignModel model)
    {
        string path = _folder.File("adopted.onnx");
        AdoptedModelFile.Write(ModelAdoption.Adopt(model.Bytes(), "foreign.onnx", Said), path);
        return path;
    }

    private string Image()
    {
        using RgbaImage image = ForeignModel.Stripes();
        ImageFile.Write(_folder.File("stripes.png"), image);
        return _folder.File("stripes.png");
    }

    private static void AssertStripes(string model)
    {
        using var segmenter = Segmenter.Load(model, new SegmenterOptions { Threads = 1 });
        using RgbaImage image = ForeignModel.Stripes();
        using SegmentationMask mask = segmenter.Predict(image);
        ForeignModel.AssertStripes(mask, 0, 1, 2);
    }

    private sealed class Photo
    {
        public string ImagePath { get; set; } = "";
    }

    private sealed class Scored
    {
        public SegmentationMask? PredictedMask { get; set; }
    }
}
