using System.Text;
using SegML.Images;
using SegML.Masks;
using SegML.Tests.Images;
using SegML.Tests.Scoring;

namespace SegML.Tests.Cli;

/// <summary>Every fault is one line on stderr that names the file, the fault and the fix, and an exit code of 2.</summary>
[TestClass]
public sealed class BadInputTests
{
    private const string Classes = """
        "classes": [ { "id": 0, "name": "red" }, { "id": 1, "name": "green" }, { "id": 2, "name": "blue" } ]
        """;

    private TemporaryFolder _folder = null!;

    [TestInitialize]
    public void Create() => _folder = new TemporaryFolder();

    [TestCleanup]
    public void Remove() => _folder.Dispose();

    [TestMethod]
    [DataRow("nowhere.onnx", null, "does not exist")]
    [DataRow("empty.onnx", "", "is empty")]
    [DataRow("text.onnx", "these are words, not a model", "not an ONNX model")]
    public void AModelThatIsNone(string name, string? content, string fault)
    {
        string path = content is null ? _folder.File(name) : _folder.File(name, Encoding.UTF8.GetBytes(content));
        Segml.Fails(2, Segml.Run("model", "info", path), path, fault);
    }

    [TestMethod]
    public void AModelThatIsAFolder() => Segml.Fails(2, Segml.Run("model", "info", _folder.Path), _folder.Path, "is a folder");

    [TestMethod]
    public void AModelCutShort()
    {
        byte[] model = TinyModel.Create();
        string path = _folder.File("cut.onnx", model.AsSpan(0, model.Length / 2));
        Segml.Fails(2, Segml.Run("model", "info", path), path, "truncated");
    }

    [TestMethod]
    public void AModelWithoutMetadata()
    {
        string path = _folder.File("bare.onnx", TinyModel.Create(metadata: new Dictionary<string, string>()));
        Segml.Fails(2, Segml.Run("model", "info", path), path, "has no SegML metadata", "segml model adopt");
    }

    [TestMethod]
    [DataRow("""{ "name": "t", "classes": [] }""", "no classes")]
    [DataRow("""{ "name": "t", "classes": [ { "id": 0, "name": "a" }, { "id": 0, "name": "b" } ] }""", "class id 0 twice")]
    [DataRow("""{ "name": "t", "clases": [] }""", "clases")]
    [DataRow("""{ "name": "t", """, "JSON")]
    [DataRow("", "empty")]
    public void APipelineFileWithAFault(string json, string fault)
    {
        string path = _folder.File("p.json", Encoding.UTF8.GetBytes(json));
        Segml.Fails(2, Segml.Run("train", path, "--data", _folder.Path), path, fault);
    }

    [TestMethod]
    public void AnImageWithoutItsMaskStopsTrainingBeforeItStarts()
    {
        string pipeline = DataSet(("a", 16, 16), ("b", 16, 16));
        File.Delete(_folder.File("masks/b.png"));
        Segml.Fails(2, Train(pipeline), "b.png", "has no mask");
        Assert.IsFalse(Directory.Exists(_folder.File("run")));
    }

    [TestMethod]
    public void AMaskOfAnotherSizeStopsTrainingBeforeItStarts()
    {
        string pipeline = DataSet(("a", 16, 16));
        MaskFile.Write(_folder.File("masks/a.png"), new SegmentationMask(15, 16, TinyModel.Classes));
        Segml.Fails(2, Train(pipeline), "a.png", "15x16", "16x16");
        Assert.IsFalse(Directory.Exists(_folder.File("run")));
    }

    [TestMethod]
    public void AMaskValueOutsideTheClassesStopsTrainingBeforeItStarts()
    {
        string pipeline = DataSet(("a", 16, 16));
        MaskFile.Write(_folder.File("masks/a.png"), new SegmentationMask(16, 16, [.. Enumerable.Repeat((byte)200, 256)], TinyModel.Classes));
        Segml.Fails(2, Train(pipeline), "a.png", "value 200", "p.json");
    }

    [TestMethod]
    public void ATruncatedImageStopsTrainingBeforeItStarts()
    {
        string pipeline = DataSet(("a", 64, 64), ("b", 64, 64));
        byte[] image = File.ReadAllBytes(_folder.File("images/b.png"));
        _folder.File("images/b.png", image.AsSpan(0, image.Length / 2));
        Segml.Fails(2, Train(pipeline), "b.png", "truncated");
        Assert.IsFalse(Directory.Exists(_folder.File("run")));
    }

    [TestMethod]
    public void CheckListsEveryFaultAndAnswersNo()
    {
        string pipeline = DataSet(("a", 16, 16), ("b", 16, 16), ("c", 16, 16));
        Assert.AreEqual(0, Segml.Run("check", pipeline).Code);
        _folder.File("images/a.png", "not an image"u8);
        MaskFile.Write(_folder.File("masks/b.png"), new SegmentationMask(15, 16, TinyModel.Classes));

        Segml.Result result = Segml.Run("check", pipeline);

        Assert.AreEqual(1, result.Code);
        Assert.Contains("3 images, 2 faults", result.Output);
        Assert.Contains("a.png", result.Output);
        Assert.Contains("15x16", result.Output);
    }

    [TestMethod]
    public void PredictSkipsWhatIsNoImageAndCountsIt()
    {
        string model = _folder.File("m.onnx", TinyModel.Create());
        Directory.CreateDirectory(_folder.File("photos"));
        using (RgbaImage image = TestImages.Gradient(33, 21))
        {
            ImageFile.Write(_folder.File("photos/good.png"), image);
        }
        _folder.File("photos/bad.jpg", "not an image"u8);

        Segml.Result result = Segml.Run("predict", model, _folder.File("photos"), "--out", _folder.File("out"));

        Assert.AreEqual(2, result.Code, result.Error);
        Assert.Contains("bad.jpg", result.Error);
        Assert.Contains("1 image scored", result.Output);
        Assert.Contains("1 skipped", result.Output);
        Assert.AreEqual(0, Segml.Run("predict", model, _folder.File("photos"), "--out", _folder.File("out"), "--allow-skipped").Code);
        Assert.AreEqual((33, 21), MaskFile.ReadSize(_folder.File("out/good.png")));
        Assert.AreEqual((33, 21), ImageFile.ReadSize(_folder.File("out/good.overlay.jpg")));
    }

    [TestMethod]
    public void PredictOfNothingReadableFails()
    {
        string model = _folder.File("m.onnx", TinyModel.Create());
        string image = _folder.File("empty.png", []);
        Segml.Result result = Segml.Run("predict", model, image, "--out", _folder.File("out"));
        Segml.Fails(2, result, image, "is empty");
    }

    [TestMethod]
    public void PredictNeverWritesOverItsInput()
    {
        string model = _folder.File("m.onnx", TinyModel.Create()), photo = _folder.File("a.png");
        using (RgbaImage image = TestImages.Gradient(8, 8))
        {
            ImageFile.Write(photo, image);
        }
        byte[] before = File.ReadAllBytes(photo);
        Segml.Fails(2, Segml.Run("predict", model, photo, "--out", _folder.Path), photo, "would be overwritten by a result", "--out");
        CollectionAssert.AreEqual(before, File.ReadAllBytes(photo));
    }

    [TestMethod]
    public void PredictTakesAFileOnceAndNoOverlayOfAnEarlierRun()
    {
        string model = _folder.File("m.onnx", TinyModel.Create()), photos = Directory.CreateDirectory(_folder.File("photos")).FullName;
        using (RgbaImage image = TestImages.Gradient(8, 8))
        {
            ImageFile.Write(Path.Combine(photos, "a.jpg"), image);
            ImageFile.Write(Path.Combine(photos, "b.overlay.jpg"), image);
        }
        Segml.Result result = Segml.Run("predict", model, photos, Path.Combine(photos, "a.jpg"), "--out", _folder.File("out"));
        Assert.AreEqual(0, result.Code, result.Error);
        Assert.Contains("1 image scored", result.Output);
    }

    [TestMethod]
    public void PredictOfAFolderWithoutImagesSaysWhereItLooked()
    {
        string model = _folder.File("m.onnx", TinyModel.Create());
        Directory.CreateDirectory(_folder.File("photos/2026"));
        Segml.Fails(2, Segml.Run("predict", model, _folder.File("photos"), "--out", _folder.File("out")), "holds no images and no videos", "folders in it are not searched");
    }

    [TestMethod]
    public void AnOutputFolderThatIsAFile()
    {
        string model = _folder.File("m.onnx", TinyModel.Create());
        using RgbaImage image = TestImages.Gradient(8, 8);
        ImageFile.Write(_folder.File("a.png"), image);
        string taken = _folder.File("taken", "here already"u8);
        Segml.Fails(2, Segml.Run("predict", model, _folder.File("a.png"), "--out", taken), taken, "cannot be written");
        Assert.AreEqual("here already", File.ReadAllText(taken));
    }

    [TestMethod]
    public void CudaWhereThereIsNone()
    {
        string model = _folder.File("m.onnx", TinyModel.Create());
        if (Microsoft.ML.OnnxRuntime.OrtEnv.Instance().GetAvailableProviders().Contains("CUDAExecutionProvider"))
        {
            Assert.Inconclusive("skipped: this build has CUDA");
        }
        Segml.Fails(2, Segml.Run("predict", model, "a.png", "--out", _folder.Path, "--device", "cuda"), "cuda");
        Segml.Fails(2, Segml.Run("train", DataSet(("a", 16, 16)), "--out", _folder.File("run"), "--device", "cuda"), "cuda");
    }

    [TestMethod]
    [DataRow("""{ "size": { "height": 8, "width": 8 }, "objects": [ { "classTitle": "red" """)]
    [DataRow("")]
    [DataRow("[1, 2]")]
    [DataRow("""{ "size": { "height": 8, "width": 8 }, "objects": [ { "classTitle": "violet", "geometryType": "polygon", "points": { "exterior": [[0, 0], [4, 0], [4, 4]], "interior": [] } } ] }""")]
    public void AnAnnotationFileWithAFault(string json)
    {
        string pipeline = DataSet(("a", 16, 16));
        string path = _folder.File("a.json", Encoding.UTF8.GetBytes(json));
        Segml.Fails(2, Segml.Run("data", "masks", path, "--pipeline", pipeline, "--out", _folder.File("drawn")), path);
        Assert.IsFalse(File.Exists(_folder.File("drawn/a.png")));
    }

    [TestMethod]
    [DataRow("train")]
    [DataRow("predict")]
    [DataRow("no-such-command")]
    [DataRow("model", "info", "a", "--no-such-option")]
    [DataRow("data", "no-such-command")]
    public void ArgumentsThatAreWrong(params string[] args) => Segml.Fails(2, Segml.Run(args), "--help");

    [TestMethod]
    public void AChoiceThatIsNoneIsOneLine() => Assert.AreEqual("segml: --device is auto, cpu or cuda, not gpu; see segml predict --help\n",
        Segml.Run("predict", "a.onnx", "a.png", "--out", "x", "--device", "gpu").Error);

    private Segml.Result Train(string pipeline) => Segml.Run("train", pipeline, "--out", _folder.File("run"));

    /// <summary>Writes images, masks and the pipeline file over them.</summary>
    private string DataSet(params (string Name, int Width, int Height)[] items)
    {
        foreach ((string name, int width, int height) in items)
        {
            using RgbaImage image = TestImages.Gradient(width, height);
            ImageFile.Write(_folder.File($"images/{name}.png"), image);
            MaskFile.Write(_folder.File($"masks/{name}.png"), new SegmentationMask(width, height, TinyModel.Classes));
        }
        string json = $$"""
            { "name": "t", {{Classes}}, "input": { "width": 16, "height": 16 },
              "data": { "root": ".", "splits": { "train": { "images": "images", "masks": "masks" } } },
              "network": { "options": { "width": 4 } }, "training": { "epochs": 1, "batchSize": 2 } }
            """;
        return _folder.File("p.json", Encoding.UTF8.GetBytes(json));
    }
}
