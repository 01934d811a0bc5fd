using Microsoft.ML.OnnxRuntime;
using SegML.Onnx;
using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Tests.Onnx;

/// <summary>Weights beside the model: what models beyond 2 GB need, tried with small ones.</summary>
[TestClass]
public sealed class ExternalWeightsTests
{
    private static readonly OnnxExportOptions Beside = Exported.Random with { MaxEmbeddedWeights = 0, FoldBatchNorm = false };

    [TestMethod]
    public void PairRunsComparesAndIsReadBack()
    {
        using var exported = new Exported();
        using var net = new SmallUNet();
        OnnxExportReport report = exported.Export(net, [1, 3, 8, 8], Beside);
        Assert.IsGreaterThan(4096, new FileInfo(report.WeightsFile!).Length);
        CollectionAssert.AreEquivalent(new[] { exported.File, report.WeightsFile! }, Directory.GetFiles(exported.Folder));
        using var session = new InferenceSession(exported.File);
        Assert.IsNull(OnnxParity.Compare(net, exported.File, Exported.Input(1, 3, 9, 11)).FirstDivergent);
        using var other = new SmallUNet();
        Assert.IsEmpty(OnnxWeights.Load(other, exported.File).Missing);
        Assert.IsTrue(net.get_parameter("head.weight")!.equal(other.get_parameter("head.weight")!).all().item<bool>());
    }

    [TestMethod]
    public void NewPairReplacesTheOldOne()
    {
        using var exported = new Exported();
        using var net = Large();
        string old = exported.Export(net, [1, 3, 8, 8], Beside).WeightsFile!;
        Assert.AreEqual(old, exported.Export(net, [1, 3, 8, 8], Beside).WeightsFile);
        using (no_grad())
        {
            net.parameters().First().add_(1);
        }
        string other = OnnxExporter.Export(net, Exported.Input(1, 3, 8, 8), exported.File, Beside).WeightsFile!;
        Assert.AreNotEqual(old, other);
        CollectionAssert.AreEquivalent(new[] { exported.File, other }, Directory.GetFiles(exported.Folder));
        exported.Export(net, [1, 3, 8, 8]);
        CollectionAssert.AreEquivalent(new[] { exported.File }, Directory.GetFiles(exported.Folder));
    }

    [TestMethod]
    public void OldPairStaysWhenTheNewOneIsWrong()
    {
        using var exported = new Exported();
        using var net = Large();
        string weights = exported.Export(net, [1, 3, 8, 8], Beside).WeightsFile!;
        byte[][] before = [File.ReadAllBytes(exported.File), File.ReadAllBytes(weights)];
        using (no_grad())
        {
            net.parameters().First().add_(1);
        }
        OnnxExportOptions wrong = Beside with { Emitters = new OnnxEmitters().Add<Sigmoid>((_, e) => e.Node("Tanh", [e.Input])) };
        Assert.ThrowsExactly<OnnxExportException>(() => OnnxExporter.Export(net, Exported.Input(1, 3, 8, 8), exported.File, wrong));
        CollectionAssert.AreEquivalent(new[] { exported.File, weights }, Directory.GetFiles(exported.Folder));
        CollectionAssert.AreEqual(before[0], File.ReadAllBytes(exported.File));
        CollectionAssert.AreEqual(before[1], File.ReadAllBytes(weights));
    }

    [TestMethod]
    [DataRow("../net.data")]
    [DataRow("/etc/hostname")]
    [DataRow("a/../../b")]
    [DataRow("link")]
    [DataRow("")]
    public void LocationOutsideTheFolderIsRefused(string location)
    {
        using var exported = new Exported();
        using var net = Large();
        exported.Export(net, [1, 3, 8, 8], Beside);
        ModelProto model = ModelFile.Read(exported.File);
        model.Graph.Initializer.First(ExternalData.IsExternal).ExternalData.Single(e => e.Key == "location").Value = location;
        Write(exported.File, model);
        if (location == "link")
        {
            File.CreateSymbolicLink(Path.Combine(exported.Folder, "link"), "/etc/hostname");
        }
        var e = Assert.ThrowsExactly<OnnxExportException>(() => OnnxWeights.Load(net, exported.File));
        Assert.Contains("outside its own folder", e.Message);
        Assert.ThrowsExactly<OnnxExportException>(() => OnnxParity.Compare(net, exported.File, Exported.Input(1, 3, 8, 8)));
    }

    [TestMethod]
    [DataRow("offset", "9000000000")]
    [DataRow("offset", "-1")]
    [DataRow("length", "2000000000")]
    [DataRow("length", "x")]
    public void PlaceOutsideTheFileIsRefusedWithoutAnAllocation(string key, string value)
    {
        using var exported = new Exported();
        using var net = Large();
        exported.Export(net, [1, 3, 8, 8], Beside);
        ModelProto model = ModelFile.Read(exported.File);
        model.Graph.Initializer.First(ExternalData.IsExternal).ExternalData.Single(e => e.Key == key).Value = value;
        Write(exported.File, model);
        long before = GC.GetAllocatedBytesForCurrentThread();
        var e = Assert.ThrowsExactly<OnnxExportException>(() => OnnxWeights.Load(net, exported.File));
        Assert.IsLessThan(4_000_000L, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Contains("get both files again", e.Message);
    }

    [TestMethod]
    public void MissingOrShortenedFileIsNamed()
    {
        using var exported = new Exported();
        using var net = Large();
        string weights = exported.Export(net, [1, 3, 8, 8], Beside).WeightsFile!;
        File.WriteAllBytes(weights, File.ReadAllBytes(weights)[..100]);
        Assert.Contains(Path.GetFileName(weights), Assert.ThrowsExactly<OnnxExportException>(() => OnnxWeights.Load(net, exported.File)).Message);
        File.Delete(weights);
        Assert.Contains("beside the model", Assert.ThrowsExactly<OnnxExportException>(() => OnnxWeights.Load(net, exported.File)).Message);
    }

    private static Sequential Large()
    {
        Sequential net = nn.Sequential(("conv", nn.Conv2d(3, 40, 3)), ("gate", nn.Sigmoid()));
        net.eval();
        return net;
    }

    private static void Write(string path, ModelProto model)
    {
        using FileStream stream = File.Create(path);
        using var output = new Google.Protobuf.CodedOutputStream(stream);
        model.WriteTo(output);
    }
}
