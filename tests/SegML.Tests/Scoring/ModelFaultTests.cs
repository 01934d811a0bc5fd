using SegML.Scoring;

namespace SegML.Tests.Scoring;

[TestClass]
public sealed class ModelFaultTests
{
    [TestMethod]
    public void AMissingFileIsNamed()
    {
        string path = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"), "street.onnx");
        Assert.AreEqual($"{path} does not exist; check the path", Assert.ThrowsExactly<ModelFormatException>(() => Segmenter.Load(path)).Message);
    }

    [TestMethod]
    public void AFolderIsNamed() =>
        Assert.Contains("is a folder", Assert.ThrowsExactly<ModelFormatException>(() => Segmenter.Load(Path.GetTempPath())).Message);

    [TestMethod]
    public void AnEmptyModelIsRefused() => Refused([], "street.onnx is empty; export it again");

    [TestMethod]
    public void ATruncatedModelIsRefusedWhereverItEnds()
    {
        byte[] model = TinyModel.Create();
        for (int length = 1; length < model.Length; length += 29)
        {
            Refused(model[..length], "street.onnx ");
        }
    }

    [TestMethod]
    public void OtherBytesAreRefused()
    {
        Refused("{ \"not\": \"a model\" }"u8.ToArray(), "street.onnx is truncated, damaged or not an ONNX model (");
        byte[] noise = new byte[4096];
        new Random(1).NextBytes(noise);
        Refused(noise, "street.onnx is truncated, damaged or not an ONNX model (");
    }

    [TestMethod]
    public void AKeyThatIsNotTextIsRefused() =>
        Refused(TinyModel.Create(metadata: new Dictionary<string, string>(TinyModel.Info.ToMetadata()) { ["a\0b"] = "x" }), "street.onnx ");

    [TestMethod]
    public void AModelWithoutMetadataIsRefused() =>
        Refused(TinyModel.Create(metadata: new Dictionary<string, string>()), "street.onnx has no SegML metadata; if another tool exported it, describe it: segml model adopt street.onnx --preset NAME --out adopted.onnx, or in C# ");

    [TestMethod]
    [DataRow("segml.format", "6", "has metadata of form 6, newer than 5; use a newer SegML")]
    [DataRow("segml.format", "new", "has damaged SegML metadata (form \"new\")")]
    [DataRow("segml.classes", "[]", "has damaged SegML metadata (has no classes)")]
    [DataRow("segml.classes", "[null]", "has damaged SegML metadata (a class is null)")]
    [DataRow("segml.receptiveField", "{\"margin\":2147483647,\"stride\":2147483647}", "has damaged SegML metadata (")]
    [DataRow("segml.classes", "null", "has damaged SegML metadata (has no classes)")]
    [DataRow("segml.input", "{\"width\":0}", "has damaged SegML metadata (has the input size 0x360)")]
    [DataRow("segml.input", "{", "has damaged SegML metadata (")]
    [DataRow("segml.input", null, "has damaged SegML metadata (")]
    [DataRow("segml.training", "x", "has damaged SegML metadata (")]
    [DataRow("segml.precision", "fp8", "has damaged SegML metadata (")]
    [DataRow("segml.receptiveField", "{\"margin\":-1,\"stride\":1}", "has damaged SegML metadata (Margin")]
    [DataRow("segml.receptiveField", "{\"margin\":1,\"stride\":0}", "has damaged SegML metadata (Stride")]
    [DataRow("segml.receptiveField", "{\"margin\":1}", "has damaged SegML metadata (")]
    [DataRow("segml.globalMeans", "{}", "has damaged SegML metadata (means that are not whole)")]
    [DataRow("segml.globalMeans", "{\"tensors\":[null],\"features\":\"\",\"conditioned\":\"\",\"output\":\"x\"}", "has damaged SegML metadata (means that are not whole)")]
    public void DamagedMetadataIsRefused(string key, string? value, string message)
    {
        var metadata = new Dictionary<string, string>(TinyModel.Info.ToMetadata());
        metadata.Remove(key);
        if (value is not null)
        {
            metadata[key] = value;
        }
        Refused(TinyModel.Create(metadata: metadata), "street.onnx " + message);
    }

    [TestMethod]
    public void ASelfContainedModelIsRefusedSinceItNeedsNoSegML() =>
        Refused(TinyModel.Create(TinyModel.Info with { SelfContained = new SelfContained() }),
            "street.onnx has its pre- and post-processing inside, for apps without SegML; give the model that it was made from");

    [TestMethod]
    public void OtherTensorsAreRefused()
    {
        Refused(TinyModel.Create(input: "pixels"), "street.onnx needs one input \"image\", float [N, 3, H, W], but has \"pixels\"");
        Refused(TinyModel.Create(output: "scores"), "street.onnx needs one output \"logits\", float [N, 3, H, W], but has \"scores\"");
        Refused(TinyModel.Create(channels: 5), "street.onnx needs one output \"logits\", float [N, 3, H, W], but that is Float [-1, 5, -1, -1]");
    }

    private static void Refused(byte[] model, string message)
    {
        var e = Assert.ThrowsExactly<ModelFormatException>(() => Segmenter.Load(model, "street.onnx"));
        Assert.StartsWith(message, e.Message);
        Assert.DoesNotContain("\n", e.Message);
    }
}
