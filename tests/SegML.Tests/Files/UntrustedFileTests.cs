using System.Runtime.InteropServices;
using SegML.Annotations;
using SegML.Annotations.Formats;
using SegML.Files;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Tests.Cli;
using SegML.Tests.Images;
using SegML.Tests.Scoring;

namespace SegML.Tests.Files;

/// <summary>Files that never end, and texts that play with a terminal.</summary>
[TestClass]
public sealed partial class UntrustedFileTests
{
    [TestMethod]
    public void APipeIsRefusedByEveryReaderAndWaitedForByNone()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Inconclusive("skipped: Windows has no pipes among its files");
        }
        using var folder = new TemporaryFolder();
        string pipe = folder.File("pipe");
        Assert.AreEqual(0, MakePipe(pipe, 0x1B6));
        using Segmenter segmenter = Segmenter.Load(TinyModel.Create(), "tiny.onnx"),
            tiled = Segmenter.Load(TinyModel.Create(), "tiny.onnx", new SegmenterOptions { Tiles = new TileOptions { Size = 64 } });
        foreach (Action read in (Action[])[
            () => ImageFile.Read(pipe), () => ImageFile.ReadSize(pipe), () => MaskFile.ReadRaw(pipe), () => AnnotationFile.ReadAll(pipe).ToList(),
            () => PipelineFile.Read(pipe), () => ModelInfo.Read(pipe), () => Segmenter.Load(pipe), () => segmenter.Predict(pipe), () => tiled.Predict(pipe)])
        {
            StringAssert.Contains(Assert.Throws<SegMLException>(read).Message, "pipe is a pipe or a device; name a file");
        }
    }

    [TestMethod]
    public void NoOutputTakesThePlaceOfAPipe()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Inconclusive("skipped: Windows has no pipes among its files");
        }
        using var folder = new TemporaryFolder();
        string pipe = folder.File("pipe.onnx"), model = folder.File("model.onnx", TinyModel.Create());
        Assert.AreEqual(0, MakePipe(pipe, 0x1B6));
        Assert.ThrowsExactly<OutputException>(() => AtomicFile.WriteText(pipe, "text"));
        Segml.Fails(2, Segml.Run("export", model, "--out", pipe), "pipe.onnx is a pipe or a device; name a file");
        Segml.Fails(2, Segml.Run("model", "adopt", model, "--preset", "torchvision", "--out", pipe), "pipe.onnx is a pipe or a device; name a file");
        Assert.IsTrue(FileIdentity.IsStreamOrDevice(pipe));
    }

    [TestMethod]
    public void ControlCharactersOfANameAreWrittenOut()
    {
        var e = Assert.ThrowsExactly<ImageFormatException>(() => ImageFile.Read("a\u001b[2J\u202eb\n.png"));
        Assert.AreEqual("a\\u001b[2J\\u202eb .png does not exist; check the path", e.Message);
    }

    [TestMethod]
    [DataRow("<annotation><size><width>", "")]
    [DataRow("<annotations><image name=\"", "")]
    public void AnXmlTextThatDoesNotEndIsRefused(string opening, string closing)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("a.xml");
        File.WriteAllText(path, opening + new string('1', 40 << 20) + closing);
        long before = GC.GetAllocatedBytesForCurrentThread();
        var e = Assert.ThrowsExactly<AnnotationFormatException>(() => AnnotationFile.ReadAll(path).ToList());
        StringAssert.StartsWith(e.Message, path);
        Assert.IsLessThan(512L << 20, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [LibraryImport("libc", EntryPoint = "mkfifo", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakePipe(string path, uint mode);
}
