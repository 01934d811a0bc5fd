using System.Diagnostics;
using Google.Protobuf;
using SegML.Onnx;
using SegML.Onnx.Analysis;
using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Tests.Scoring;

namespace SegML.Tests.Onnx;

/// <summary>What is shown of a model costs in proportion to its size.</summary>
[TestClass]
public sealed class LargeModelTests
{
    [TestMethod]
    public void AHundredThousandNodesAreShownWithoutRunningThem()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("large.onnx", Chain(100_000));
        Process.GetCurrentProcess().Refresh();
        long before = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp();

        ModelInfo info = ModelInfo.Read(path);
        OnnxSummary summary = OnnxSummary.Read(path);
        string picture = summary.ToSvg();

        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        long megabytes = GC.GetAllocatedBytesForCurrentThread() - before >> 20;
        Console.WriteLine($"{seconds:0.00} s, {megabytes} MB allocated, {summary.Blocks.Count} blocks, {picture.Length >> 10} KB of picture");
        Assert.AreEqual("tiny", info.Name);
        Assert.IsFalse(summary.IsMeasured);
        Assert.AreEqual(9, summary.Parameters);
        Assert.IsLessThan(50, summary.Blocks.Count);
        Assert.IsLessThan(1 << 20, picture.Length);
        Assert.IsLessThan(400, megabytes);
        Assert.IsLessThan(20, seconds, "2 s on an idle machine");
    }

    [TestMethod]
    public void ANodeWithoutOutputsIsATypedError()
    {
        using var folder = new TemporaryFolder();
        ModelProto model = ModelProto.Parser.ParseFrom(TinyModel.Create(isSealed: false));
        model.Graph.Node.Add(new NodeProto { OpType = "Identity" });
        string path = folder.File("odd.onnx", model.ToByteArray());
        Assert.StartsWith(path, Assert.ThrowsExactly<OnnxExportException>(() => OnnxSummary.Read(path)).Message);
    }

    private static byte[] Chain(int length)
    {
        ModelProto model = ModelProto.Parser.ParseFrom(TinyModel.Create(isSealed: false));
        model.Graph.Node[0].Output[0] = "v0";
        for (int i = 0; i < length; i++)
        {
            model.Graph.Node.Add(new NodeProto { OpType = "Relu", Input = { $"v{i}" }, Output = { i == length - 1 ? "logits" : $"v{i + 1}" } });
        }
        using var stream = new MemoryStream();
        ModelFile.WriteSealed(model, stream);
        return stream.ToArray();
    }
}
