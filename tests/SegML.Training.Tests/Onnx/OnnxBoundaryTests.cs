using Microsoft.ML.OnnxRuntime;
using SegML.Onnx;
using SegML.Onnx.Analysis;
using SegML.Onnx.Graphs;
using SegML.Onnx.Quantization;
using SegML.Onnx.Rewriting;
using SegML.Tests.Onnx.Quantization;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Tests.Onnx;

/// <summary>Whatever is thrown where models are worked on comes out as one typed line that names the file; what the caller's own code throws comes out as it is.</summary>
[TestClass]
public sealed class OnnxBoundaryTests
{
    private static readonly long[] Shape = [1, 3, 12, 12];

    private static readonly QuantizationOptions Quiet = new() { TimingRounds = 0, MinAgreement = 0, MinSignalToNoise = 0 };

    private static readonly Dictionary<string, Action<nn.Module, string, string>> Entries = new()
    {
        ["weights by name"] = (net, file, _) => OnnxWeights.Load(net, file, dryRun: true),
        ["weights by structure"] = (net, file, _) => OnnxWeights.LoadByStructure(net, Exported.Input(Shape), file, dryRun: true),
        ["weights alone"] = (_, file, _) => OnnxWeights.Read(file).Values.ToList().ForEach(t => t.Dispose()),
        ["quantizer"] = (_, file, target) => OnnxQuantizer.Quantize(file, Feeds.Normal(2, 1, Shape), target, Quiet),
        ["16 bits"] = (_, file, target) => OnnxFloat16.Convert(file, target),
        ["images"] = (_, file, target) => OnnxImageModel.Rewrite(file, target, new OnnxImageOptions { Height = 12, Width = 12 }),
        ["one size"] = (_, file, target) => OnnxFixedSize.Rewrite(file, target, Shape, new Dictionary<string, string>()),
        ["ensemble"] = (_, file, target) => OnnxEnsemble.Merge([file, file], target),
        ["summary"] = (_, file, _) => OnnxSummary.Read(file),
        ["parity"] = (net, file, _) => OnnxParity.Compare(net, file, Exported.Input(Shape)),
    };

    public static IEnumerable<object[]> Names => Entries.Keys.Select(k => new object[] { k });

    [TestCleanup]
    public void Forget() => ModelBoundary.Injected = null;

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void EveryExceptionBecomesATypedLineThatNamesTheFile(string name)
    {
        using var exported = new Exported();
        using nn.Module net = nn.Sequential(nn.Conv2d(3, 4, 3, padding: 1), nn.ReLU(), nn.Conv2d(4, 2, 1));
        exported.Export(net, Shape);
        string target = Path.Combine(exported.Folder, "target.onnx");
        Entries[name](net, exported.File, target); // Works when nothing is thrown.
        File.Delete(target);
        foreach (Exception thrown in (Exception[])[new IndexOutOfRangeException("a\nb."), new OutOfMemoryException(), new KeyNotFoundException("k"), new ArgumentException("c"),
            new IOException("d"), new InvalidOperationException("e")])
        {
            ModelBoundary.Injected = () => thrown;
            var e = Assert.ThrowsExactly<OnnxExportException>(() => Entries[name](net, exported.File, target));
            Assert.StartsWith(exported.File, e.Message);
            Assert.DoesNotContain("\n", e.Message);
            Assert.AreSame(thrown, e.InnerException);
            Assert.IsFalse(File.Exists(target));
        }
        foreach (Exception passes in (Exception[])[new OperationCanceledException(), new ObjectDisposedException("o")])
        {
            ModelBoundary.Injected = () => passes;
            Assert.AreSame(passes, Assert.Throws<Exception>(() => Entries[name](net, exported.File, target)));
        }
    }

    [TestMethod]
    public void ExceptionsOfTheCallersCodeAreTheCallers()
    {
        using var exported = new Exported();
        using nn.Module net = nn.Sequential(nn.Conv2d(3, 4, 3, padding: 1), nn.ReLU(), nn.Conv2d(4, 2, 1));
        exported.Export(net, Shape);
        string target = Path.Combine(exported.Folder, "target.onnx");
        static IEnumerable<IReadOnlyDictionary<string, OrtValue>> Broken()
        {
            foreach (IReadOnlyDictionary<string, OrtValue> feed in Feeds.Normal(1, 1, Shape))
            {
                yield return feed;
            }
            throw new InvalidDataException("no more frames");
        }

        Assert.ThrowsExactly<InvalidDataException>(() => OnnxQuantizer.Quantize(exported.File, Broken(), target, Quiet));
        Assert.ThrowsExactly<InvalidDataException>(() => OnnxQuantizer.Quantize(exported.File, Feeds.Normal(1, 1, Shape), target, Quiet with { HeldOut = Broken() }));
        Assert.ThrowsExactly<InvalidDataException>(() => OnnxQuantizer.Quantize(exported.File, Feeds.Normal(1, 1, Shape), target,
            Quiet with { MaxLoss = 0.5, Loss = _ => throw new InvalidDataException("no labels") }));
        Assert.ThrowsExactly<KeyNotFoundException>(() => OnnxWeights.Load(net, exported.File, constantName: n => new Dictionary<string, string>()[n]));
    }
}
