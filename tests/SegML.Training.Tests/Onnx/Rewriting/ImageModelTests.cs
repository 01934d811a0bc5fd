using Google.Protobuf;
using SegML.Onnx;
using SegML.Onnx.Graphs;
using SegML.Onnx.Modules;
using SegML.Onnx.Protobuf;
using SegML.Onnx.Rewriting;
using SegML.Tests.Training;
using SegML.Training.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Tests.Onnx.Rewriting;

/// <summary>The rewriting as SegML.Onnx offers it, to any network: opsets, operators, and sources that will not do.</summary>
[TestClass]
public sealed class ImageModelTests
{
    private static readonly OnnxImageOptions Options = new() { Height = 24, Width = 32, MinAgreement = 0.99 };

    public static IEnumerable<object[]> Cases => SmallNetworks.AtOpsets;

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void EveryNetworkIsWrappedAtEveryOpsetInStandardOperators(string name, int opset)
    {
        using var exported = new Exported();
        using SegmentationNetwork network = NetworkCatalog.Create(SmallNetworks.Of(name), 5);
        exported.Export(network, [1, 3, 48, 64], Exported.Random with { Opset = opset });
        string path = Path.Combine(exported.Folder, "image.onnx");
        OnnxImageReport report = OnnxImageModel.Rewrite(exported.File, path, Options with { Metadata = new Dictionary<string, string> { ["key"] = "value" } });
        Assert.HasCount(3, report.Sizes);
        ModelProto model = ModelFile.Read(path);
        Assert.AreEqual(opset, model.OpsetImport.Single().Version);
        Assert.AreEqual("value", model.MetadataProps.Single(p => p.Key == "key").Value);
        Assert.IsTrue(model.Graph.Node.All(n => n.Domain.Length == 0));
        CollectionAssert.AllItemsAreUnique(model.Graph.Node.SelectMany(n => n.Output).Concat(model.Graph.Initializer.Select(i => i.Name)).ToArray());
    }

    [TestMethod]
    public void SourcesThatAreNoNetworksAreNamed()
    {
        using var exported = new Exported();
        ExportIsRefused(new Add(), [1, 3, 8, 8], "has \"input\" Float [N, 3, H, W] and \"input_2\"", inputs: 2);
        ExportIsRefused(nn.Conv2d(4, 2, 1), [1, 4, 8, 8], "has \"input\" Float [N, 4, H, W] in and");
        ExportIsRefused(nn.Conv2d(3, 256, 1), [1, 3, 8, 8], "\"output\" Float [N, 256, H, W] out; give a model from float [N, 3, H, W]");
        ExportIsRefused(nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()), [1, 3, 8, 8], "give a model from float [N, 3, H, W]");

        exported.Export(nn.Conv2d(3, 2, 1), [1, 3, 8, 8]);
        string image = Path.Combine(exported.Folder, "image.onnx");
        OnnxImageModel.Rewrite(exported.File, image, Options with { MinAgreement = 0 });
        Refused(image, "has \"image\" Uint8 [N, H, W, 3] in and \"mask\" Uint8 [N, H, W] out");

        ModelProto model = ModelFile.Read(exported.File);
        model.OpsetImport[0].Version = 6;
        Refused(Changed(model), "is of opset 6, and no older one than 7 can be read");
        model.OpsetImport[0].Version = 18;
        model.Graph.Initializer[0].DataLocation = TensorProto.Types.DataLocation.External;
        model.Graph.Initializer[0].ExternalData.Add(new StringStringEntryProto { Key = "location", Value = "net.data" });
        Refused(Changed(model), "in another file; save the model with its weights inside");
        byte[] whole = File.ReadAllBytes(exported.File);
        File.WriteAllBytes(exported.File, whole[..(whole.Length / 2)]);
        Refused(exported.File, "cannot be read as an ONNX model");
        Refused(Path.Combine(exported.Folder, "nowhere.onnx"), "cannot be read as an ONNX model");

        string Changed(ModelProto to)
        {
            string path = Path.Combine(exported.Folder, "changed.onnx");
            File.WriteAllBytes(path, to.ToByteArray());
            return path;
        }

        void ExportIsRefused(nn.Module module, long[] shape, string fault, int inputs = 1)
        {
            module.eval();
            OnnxExporter.Export(module, [.. Enumerable.Range(0, inputs).Select(_ => Exported.Input(shape))], exported.File, Exported.Random);
            Refused(exported.File, fault);
            module.Dispose();
        }

        void Refused(string path, string fault)
        {
            string result = Path.Combine(exported.Folder, "result.onnx");
            var e = Assert.ThrowsExactly<OnnxExportException>(() => OnnxImageModel.Rewrite(path, result, Options));
            Assert.Contains(fault, e.Message);
            Assert.StartsWith(path, e.Message);
            Assert.IsFalse(File.Exists(result));
        }
    }
}
