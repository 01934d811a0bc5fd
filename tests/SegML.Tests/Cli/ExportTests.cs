using SegML.Images;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Tests.Onnx.Rewriting;
using SegML.Tests.Scoring;
using SegML.Tests.Training;
using SegML.Training;

namespace SegML.Tests.Cli;

/// <summary><c>segml export</c> from runs and from models, and what it answers to sources and arguments that will not do.</summary>
[TestClass]
public sealed class ExportTests
{
    private static readonly string Published = Path.Combine(Repository.Root, "onnx", "freespace-fcn-light.onnx");

    private readonly TemporaryFolder _folder = new();

    [TestCleanup]
    public void Clean() => _folder.Dispose();

    [TestMethod]
    public void ARunBecomesAModelOfAnyKindAtOnce()
    {
        string run = _folder.File("run"), output = _folder.File("m.onnx"), network = _folder.File("n.onnx");
        Trainer.Train(BoxScenes.Pipeline with { Training = BoxScenes.Pipeline.Training with { Epochs = 1 } }, BoxScenes.Source(3), null, run);

        Segml.Result result = Segml.Run("export", run, "--out", output, "--precision", "fp16", "--self-contained", "--planar", "--size", "50x38", "--opset", "13");
        Assert.AreEqual(0, result.Code, result.Error);
        Assert.Contains("fp16 against fp32", result.Output);
        Assert.Contains("image 50x38  same class ", result.Output);

        Segml.Result info = Segml.Run("model", "info", output);
        Assert.Contains("precision fp16", info.Output);
        Assert.Contains("uint8 RGB [N, 3, 38, 50]", info.Output);
        Assert.Contains("step: fp16, source: run", info.Output);

        Assert.AreEqual(0, Segml.Run("export", run, "--out", network).Code);
        using Segmenter segmenter = Segmenter.Load(network);
        using var model = new RawModel(output);
        (RgbaImage image, _) = BoxScenes.Draw(5, 50, 38);
        using (image)
        {
            Assert.IsGreaterThanOrEqualTo(0.98, RawModel.Agreement(segmenter.Predict(image), model.Predict(planar: true, image)[0]));
        }
        Assert.IsEmpty(Directory.GetFiles(_folder.Path, "*.tmp"));
    }

    [TestMethod]
    public void ARunsClassesAreMerged()
    {
        string run = _folder.File("run"), output = _folder.File("m.onnx"), merged = _folder.File("two.json"), missing = _folder.File("one.json");
        Trainer.Train(BoxScenes.Pipeline with { Training = BoxScenes.Pipeline.Training with { Epochs = 1 } }, BoxScenes.Source(3), null, run);
        File.WriteAllText(merged, """{ "name": "two", "classes": [ { "id": 0, "name": "a", "from": ["0", "2"] }, { "id": 1, "name": "b", "from": ["1"] } ] }""");
        File.WriteAllText(missing, """{ "name": "one", "classes": [ { "id": 0, "name": "a", "from": ["0"] } ] }""");

        Segml.Result result = Segml.Run("export", run, "--out", output, "--merge-into", merged, "--precision", "fp16", "--self-contained");
        Assert.AreEqual(0, result.Code, result.Error);
        string info = Segml.Run("model", "info", output).Output;
        Assert.Contains("two", info);
        Assert.Contains("mergedFrom", info);
        Segml.Fails(2, Segml.Run("export", run, "--out", _folder.File("n.onnx"), "--merge-into", missing), missing, "has no class that is made from");
        Segml.Fails(2, Segml.Run("export", Published, "--out", _folder.File("n.onnx"), "--merge-into", merged), Published, "is exported already");
        Assert.IsFalse(File.Exists(_folder.File("n.onnx")));
    }

    [TestMethod]
    public void AModelIsConvertedOnce()
    {
        string half = _folder.File("half.onnx"), self = _folder.File("self.onnx"), next = _folder.File("next.onnx");
        Assert.AreEqual(0, Segml.Run("export", Published, "--out", half, "--precision", "fp16").Code);
        Assert.AreEqual(0, Segml.Run("export", half, "--out", self, "--self-contained", "--size", "480x360").Code);
        Assert.Contains("precision fp16", Segml.Run("model", "info", self).Output);

        Segml.Fails(2, Segml.Run("export", half, "--out", next, "--precision", "fp32"), half, "is fp16 already");
        Segml.Fails(2, Segml.Run("export", half, "--out", next, "--precision", "fp16"), half, "is an exported model already");
        Segml.Fails(2, Segml.Run("export", Published, "--out", next), Published, "is an exported model already");
        Segml.Fails(2, Segml.Run("export", self, "--out", next, "--self-contained"), self, "has its pre- and post-processing inside");
        Segml.Fails(2, Segml.Run("export", half, "--out", next, "--self-contained", "--opset", "17"), half, "is exported already, for the opset that it has");
        Assert.IsFalse(File.Exists(next));
    }

    [TestMethod]
    public void AModelOf8BitsBecomesSelfContained()
    {
        string model = Path.Combine(Repository.Root, "onnx", "camvid-fcn-light-int8.onnx"), self = _folder.File("self.onnx");
        Segml.Result result = Segml.Run("export", model, "--out", self, "--self-contained");
        Assert.AreEqual(0, result.Code, result.Error);
        Assert.Contains("precision int8", Segml.Run("model", "info", self).Output);
    }

    [TestMethod]
    public void SourcesThatAreNoModelsOfOursAreNamed()
    {
        string output = _folder.File("m.onnx");
        byte[] model = TinyModel.Create();
        Fails("nowhere.onnx", null, "does not exist");
        Fails("empty.onnx", [], "is empty");
        Fails("short.onnx", model[..(model.Length / 2)], "is truncated, damaged or not an ONNX model");
        Fails("words.onnx", "these are words"u8.ToArray(), "is truncated, damaged or not an ONNX model");
        Fails("other.onnx", TinyModel.Create(metadata: new Dictionary<string, string>()), "has no SegML metadata");
        Segml.Fails(2, Segml.Run("export", _folder.Path, "--out", output, "--self-contained"), _folder.Path, "holds no training run");
        Assert.IsFalse(File.Exists(output));

        void Fails(string name, byte[]? content, string fault)
        {
            string source = content is null ? _folder.File(name) : _folder.File(name, content);
            Segml.Fails(2, Segml.Run("export", source, "--out", output, "--self-contained"), source, fault);
        }
    }

    [TestMethod]
    [DataRow("--planar is for --self-contained", "--planar")]
    [DataRow("--size 480 is not WIDTHxHEIGHT", "--self-contained", "--size", "480")]
    [DataRow("--size 0x4 is not WIDTHxHEIGHT", "--self-contained", "--size", "0x4")]
    [DataRow("--opset is not one of 13 to 23", "--opset", "12")]
    [DataRow("new", "--opset", "new")]
    [DataRow("fp8", "--precision", "fp8")]
    [DataRow("holds no images", "--precision", "fp16", "--images", "no/such/folder")]
    public void ArgumentsThatAreWrong(string fault, params string[] arguments) =>
        Segml.Fails(2, Segml.Run(["export", Published, "--out", _folder.File("m.onnx"), .. arguments]), fault);

    [TestMethod]
    public void AModelThatDiffersIsNotWritten()
    {
        // Weights far out of range: clamped, they compute something else.
        byte[] model = TinyModel.Create(weight: 1e6f);
        string source = _folder.File("large.onnx", model), output = _folder.File("m.onnx");
        Segml.Fails(1, Segml.Run("export", source, "--out", output, "--precision", "fp16"), output, "would differ from the 32-bit model by", "no file was written");
        // Also as a step on the way, whose file has no name of the user's.
        Segml.Fails(1, Segml.Run("export", source, "--out", output, "--precision", "fp16", "--self-contained"), output, "would differ from the 32-bit model by");
        Assert.IsFalse(File.Exists(output));
    }
}
