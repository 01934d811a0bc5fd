using System.Text;
using Microsoft.ML;
using SegML.Files;
using SegML.Masks;
using SegML.MLNet;
using SegML.Onnx;
using SegML.Onnx.Analysis;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Tests.Scoring;
using SegML.Tests.Training;
using SegML.Training;
using SegML.Training.Models;
using SegML.Training.Runs;
using TorchSharp;

namespace SegML.Tests.Files;

/// <summary>What SegML reads back is what it wrote, bit for bit, or an error that names the file.</summary>
[TestClass]
public sealed class ChecksumTests
{
    private static readonly TemporaryFolder Folder = new();

    private static string Run => Folder.File("run");

    [ClassInitialize]
    public static void TrainOnce(TestContext _)
    {
        Pipeline pipeline = BoxScenes.Pipeline with { Training = BoxScenes.Pipeline.Training with { Epochs = 1, KeepCheckpoints = 1 } };
        Trainer.Train(pipeline, BoxScenes.Source(4), BoxScenes.Source(2, seed: 50), Run);
        File.WriteAllBytes(Folder.File("bare.onnx"), TinyModel.Create(isSealed: false));
        ModelConversion.Convert(Folder.File("bare.onnx"), Folder.File("tiny.onnx"));
    }

    [ClassCleanup]
    public static void Clean() => Folder.Dispose();

    [TestMethod]
    public void AModelWithAnyBitFlippedIsRefusedByItsNameBeforeOnnxRuntimeSeesIt()
    {
        byte[] model = File.ReadAllBytes(Folder.File("tiny.onnx"));
        string damaged = Folder.File("damaged.onnx");
        for (int bit = 0; bit < model.Length * 8; bit++)
        {
            model[bit / 8] ^= (byte)(1 << (bit % 8));
            var e = Assert.ThrowsExactly<ModelFormatException>(() => Segmenter.Load(model, "street.onnx"), $"bit {bit}");
            Assert.StartsWith("street.onnx is not as it was written (its checksum differs); ", e.Message);
            if (bit % 997 == 0)
            {
                File.WriteAllBytes(damaged, model);
                Assert.StartsWith(damaged, Assert.ThrowsExactly<ModelFormatException>(() => ModelInfo.Read(damaged)).Message);
                Assert.StartsWith(damaged, Assert.ThrowsExactly<OnnxExportException>(() => OnnxSummary.Read(damaged)).Message);
            }
            model[bit / 8] ^= (byte)(1 << (bit % 8));
        }
        Assert.ThrowsExactly<ModelFormatException>(() => Segmenter.Load([.. model, 0x72, 0], "street.onnx"), "something was appended");
        using Segmenter whole = Segmenter.Load(model, "street.onnx");
        Assert.IsTrue(whole.HasChecksum);
    }

    [TestMethod]
    public void SwappedClassNamesOfAModelAreRefused()
    {
        byte[] model = Replace(File.ReadAllBytes(Folder.File("tiny.onnx")), "\"name\":\"red\"", "\"name\":\"der\"");
        Assert.ThrowsExactly<ModelFormatException>(() => Segmenter.Load(model, "street.onnx"));
    }

    [TestMethod]
    public void AModelWrittenAgainByOurCommandsKeepsARightChecksum()
    {
        ModelProperties.Refresh(Folder.File("tiny.onnx"), Folder.File("again.onnx"));
        CollectionAssert.AreEqual(File.ReadAllBytes(Folder.File("tiny.onnx")), File.ReadAllBytes(Folder.File("again.onnx")));
    }

    [TestMethod]
    public void AModelWithoutOneIsReadAndTold()
    {
        string path = Folder.File($"old-{Guid.NewGuid():N}.onnx");
        File.Copy(Folder.File("bare.onnx"), path);
        List<string> told = Told(() =>
        {
            Segmenter.Load(path).Dispose();
            ModelInfo.Read(path);
        });
        CollectionAssert.AreEqual((string[])[path], told);
    }

    [TestMethod]
    [DataRow("best.dat")]
    [DataRow("last.dat")]
    [DataRow("epoch-0001.dat")]
    public void ACheckpointWithAnyBitFlippedIsRefusedByItsName(string name)
    {
        string path = Path.Combine(Run, name), copy = Folder.File("copy.dat");
        byte[] content = File.ReadAllBytes(path);
        var random = new Random(1);
        int[] places = [0, 7, .. Enumerable.Range(0, 40).Select(_ => random.Next(content.Length * 8)), .. Enumerable.Range(0, 41 * 8).Select(i => content.Length * 8 - 1 - i)];
        foreach (int bit in places)
        {
            content[bit / 8] ^= (byte)(1 << (bit % 8));
            File.WriteAllBytes(copy, content);
            Assert.StartsWith(copy, Assert.ThrowsExactly<ModelFormatException>(() => TensorFile.Read(copy), $"bit {bit}").Message);
            content[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [TestMethod]
    public void TorchSharpStillLoadsBestWeights()
    {
        Pipeline pipeline = RunFolder.ReadPipeline(Run);
        using var network = RunFolder.ReadBest(Run, pipeline);
        using var other = SegML.Training.Networks.NetworkCatalog.Create(pipeline.Network, pipeline.Classes.Count, "p", pipeline.Input.ChannelCount);
        other.load(Path.Combine(Run, "best.dat"));
        foreach ((string key, torch.Tensor value) in network.state_dict())
        {
            Assert.IsTrue(value.eq(other.state_dict()[key]).all().item<bool>(), key);
        }
    }

    [TestMethod]
    public void SwappedClassNamesOfARunAreNotExported()
    {
        string run = Copy();
        string path = Path.Combine(run, "pipeline.json"), text = File.ReadAllText(path);
        IReadOnlyList<string> names = BoxScenes.Pipeline.Classes.Names;
        File.WriteAllText(path, text.Replace($"\"{names[0]}\"", "\"?\"").Replace($"\"{names[1]}\"", $"\"{names[0]}\"").Replace("\"?\"", $"\"{names[1]}\""));

        var e = Assert.ThrowsExactly<PipelineFormatException>(() => ModelExport.Export(run, Folder.File("no.onnx")));

        Assert.AreEqual($"{path} is not as it was written (its checksum differs); restore it; if it was changed on purpose, delete its line \"checksum\"", e.Message);
        Assert.IsFalse(File.Exists(Folder.File("no.onnx")));
    }

    [TestMethod]
    public void ThresholdsAndFiguresOfACardAreNotBelievedWhereTheyWereChanged()
    {
        string run = Copy(), path = Path.Combine(run, "best.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"epoch\": 1", "\"epoch\": 2"));
        Assert.StartsWith(path, Assert.ThrowsExactly<ModelFormatException>(() => ModelExport.Export(run, Folder.File("no.onnx"))).Message);
    }

    [TestMethod]
    public void WhiteSpaceOfAJsonFileDoesNotMatter()
    {
        string run = Copy(), path = Path.Combine(run, "pipeline.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("  ", "\t").ReplaceLineEndings("\r\n"));
        RunFolder.ReadPipeline(run);
    }

    [TestMethod]
    public void ARunWithoutChecksumsIsReadAndToldOnce()
    {
        string run = Copy();
        foreach (string name in (string[])["best.dat", "last.dat"])
        {
            byte[] content = File.ReadAllBytes(Path.Combine(run, name));
            File.WriteAllBytes(Path.Combine(run, name), content[..^TensorSeal.Length]);
        }
        foreach (string name in (string[])["pipeline.json", "best.json", "last.json"])
        {
            var root = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(Path.Combine(run, name)))!.AsObject();
            Assert.IsTrue(root.Remove("checksum"), name);
            File.WriteAllText(Path.Combine(run, name), root.ToJsonString());
        }
        List<string> told = Told(() =>
        {
            Pipeline pipeline = RunFolder.ReadPipeline(run);
            RunFolder.ReadBest(run, pipeline).Dispose();
            RunFolder.ReadBestCard(run);
        });
        CollectionAssert.AreEqual((string[])[run], told);
    }

    [TestMethod]
    public void ASavedPipelineThatWasChangedIsRefusedAndAnOldOneIsTold()
    {
        var ml = new MLContext();
        IDataView data = ml.Data.LoadSegmentationPairs([new("i.png", "m.png")]);
        string path = Folder.File("masks.zip");
        ml.Model.Save(ml.Transforms.LoadMasks("Mask", "MaskPath", TinyModel.Classes).Fit(data), data.Schema, path);
        ml.Model.Load(path, out _);
        Change(path, "\"red\"", "\"der\"");
        Exception e = Assert.Throws<Exception>(() => ml.Model.Load(path, out _)).GetBaseException();
        Assert.IsInstanceOfType<ModelFormatException>(e);
        StringAssert.Contains(e.Message, "the saved pipeline is not as it was written (the checksum of its LoadMasks differs)");
    }

    private static void Change(string zip, string text, string to)
    {
        using System.IO.Compression.ZipArchive archive = System.IO.Compression.ZipFile.Open(zip, System.IO.Compression.ZipArchiveMode.Update);
        foreach (System.IO.Compression.ZipArchiveEntry entry in archive.Entries)
        {
            using Stream stream = entry.Open();
            byte[] content = new byte[stream.Length];
            stream.ReadExactly(content);
            stream.Position = 0;
            stream.Write(content.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) < 0 ? content : Replace(content, text, to));
        }
    }

    private static byte[] Replace(byte[] content, string text, string to)
    {
        int at = content.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text));
        Assert.IsGreaterThan(0, at);
        byte[] changed = [.. content];
        Encoding.UTF8.GetBytes(to).CopyTo(changed, at);
        return changed;
    }

    private static string Copy()
    {
        string copy = Folder.File($"run-{Guid.NewGuid():N}");
        Directory.CreateDirectory(copy);
        foreach (string file in Directory.GetFiles(Run))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }
        return copy;
    }

    private static List<string> Told(Action action)
    {
        var told = new List<string>();
        int thread = Environment.CurrentManagedThreadId;
        void Tell(string path)
        {
            if (Environment.CurrentManagedThreadId == thread)
            {
                told.Add(path);
            }
        }
        Checksums.Missing += Tell;
        try
        {
            action();
        }
        finally
        {
            Checksums.Missing -= Tell;
        }
        return told;
    }
}
