using SegML.Pipelines;
using SegML.Tests.Images;
using SegML.Training.Networks;
using SegML.Training.PyTorch;
using SegML.Training.Starting;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Tests.Training;

/// <summary>Encoders start from checkpoints of PyTorch's; nothing in them is run.</summary>
[TestClass]
public sealed class PyTorchWeightsTests
{
    [TestMethod]
    [DataRow("net.pth", "")]
    [DataRow("old.pth", "module.")]
    [DataRow("net.safetensors", "encoder.")]
    public void AResNetTakesTorchvisionsNamesBehindAnyPrefix(string file, string prefix)
    {
        using var folder = new TemporaryFolder();
        using ResNetEncoder trained = ResNet(1), encoder = ResNet(2);
        Write(folder.File(file), [.. trained.state_dict().Select(p => Named(prefix + p.Key.Replace(".conv.", ".", StringComparison.Ordinal), p.Value)), Named("fc.bias", zeros(5))]);
        (int tensors, string remark) = PublicWeights.Load(encoder, folder.File(file), new InputOptions(), "p.json");
        Assert.AreEqual(Floats(trained).Count, tensors);
        Assert.Contains("1 of the file's not used", remark);
        AssertSame(trained, encoder);
    }

    [TestMethod]
    public void SegFormersEncoderTakesHuggingFacesAndThePapersNames()
    {
        using var folder = new TemporaryFolder();
        using SegFormer trained = Mit(1), first = Mit(2), second = Mit(3);
        nn.Module source = trained.Encoder!;
        IReadOnlyList<PublicNames> styles = PublicNames.For(source);
        KeyValuePair<string, Tensor>[] huggingFace =
        [
            .. source.state_dict().SelectMany(p => styles[0].Of(p.Key) is var names && names.Length == 1 ? [Named("segformer.encoder." + names[0], p.Value)]
                : names.Zip(p.Value.chunk(2), (n, half) => Named("segformer.encoder." + n, half.contiguous()))),
        ];
        CollectionAssert.IsSubsetOf(new[]
        {
            "segformer.encoder.patch_embeddings.0.proj.weight", "segformer.encoder.patch_embeddings.3.layer_norm.bias", "segformer.encoder.layer_norm.1.weight",
            "segformer.encoder.block.2.0.attention.self.key.weight", "segformer.encoder.block.0.1.attention.self.sr.bias", "segformer.encoder.block.1.0.mlp.dwconv.dwconv.weight",
        }, huggingFace.Select(p => p.Key).ToArray());
        PyTorchFiles.SafeTensorsOf(folder.File("hf.safetensors"), huggingFace);
        // Linear layers have matrices there.
        PyTorchFiles.ZipOf(folder.File("mit.pth"), source.state_dict().Select(p => Named(styles[1].Of(p.Key)[0], p.Value.dim() == 4 && p.Value.shape[2] == 1 ? p.Value.flatten(1) : p.Value)));
        PublicWeights.Load(first.Encoder!, folder.File("hf.safetensors"), new InputOptions(), "p.json");
        PublicWeights.Load(second.Encoder!, folder.File("mit.pth"), new InputOptions(), "p.json");
        AssertSame(source, first.Encoder!);
        AssertSame(source, second.Encoder!);
    }

    [TestMethod]
    public void AFileOfAnotherDepthIsRefusedWithWhatFits()
    {
        using var folder = new TemporaryFolder();
        using ResNetEncoder trained = ResNet(1, 2), shallow = ResNet(2), before = ResNet(2), deep = ResNet(3, 3);
        PyTorchFiles.ZipOf(folder.File("net.pth"), trained.state_dict().Select(p => Named(p.Key.Replace(".conv.", ".", StringComparison.Ordinal), p.Value)));
        Assert.Contains("layer1.1.conv1.weight, a block that the network lacks", Refused<ModelFormatException>(shallow));
        AssertSame(before, shallow);
        Assert.Contains($"has {Floats(trained).Count} of the encoder's {Floats(deep).Count} tensors", Refused<ModelFormatException>(deep));
        using var erfnet = new ErfNet(3);
        Assert.Contains("not known for the network's encoder", Refused<PipelineFormatException>(erfnet.Encoder!));

        string Refused<T>(nn.Module encoder) where T : Exception =>
            Assert.ThrowsExactly<T>(() => PublicWeights.Load(encoder, folder.File("net.pth"), new InputOptions(), "p.json")).Message;
    }

    [TestMethod]
    public void ATensorIsItsViewOfAStorageAndNoMore()
    {
        using var folder = new TemporaryFolder();
        byte[] numbers = arange(12, dtype: ScalarType.Float32).bytes.ToArray();
        PyTorchFiles.Zip(folder.File("net.pth"), new PickleWriter().Start().OrderedDict().Mark()
            .Text("turned").Tensor("0", 12, 2, [2, 3], [1, 3]).Text("half").Tensor("1", 2, 0, [2], type: "HalfStorage").SetItems().Stop(), numbers, [0, 0x3c, 0, 0xc0]);
        Dictionary<string, Tensor> read = StateDict.Read(folder.File("net.pth"));
        CollectionAssert.AreEqual(new float[] { 2, 5, 8, 3, 6, 9 }, read["turned"].data<float>().ToArray());
        CollectionAssert.AreEqual(new float[] { 1, -2 }, read["half"].data<float>().ToArray());
    }

    [TestMethod]
    public void ATrainingCheckpointGivesItsStateDictionaryAndNotTheOptimizers()
    {
        using var folder = new TemporaryFolder();
        PyTorchFiles.Zip(folder.File("net.pt"), new PickleWriter().Start().Raw((byte)'}').Mark()
            .Text("args").Name("argparse", "Namespace").Raw((byte)')').Reduce()
            .Text("optimizer").OrderedDict().Mark().Text("a").Tensor("0", 1, 0, [1]).Text("b").Tensor("0", 1, 0, [1]).SetItems()
            .Text("model").OrderedDict().Mark().Text("weight").Tensor("0", 1, 0, [1]).SetItems().SetItems().Stop(), new byte[4]);
        CollectionAssert.AreEqual(new[] { "weight" }, StateDict.Read(folder.File("net.pt")).Keys.ToArray());
    }

    [TestMethod]
    public void NothingInAPickleIsRunAndNoDamageGetsThrough()
    {
        using var folder = new TemporaryFolder();
        string made = folder.File("made");
        byte[] number = new byte[4];
        (string Name, byte[] Pickle)[] cases =
        [
            ("a call of the system", new PickleWriter().Start().Name("os", "system").Mark().Text($"touch {made}").Tuple().Reduce().Stop()),
            ("beyond its storage", Dict(w => w.Tensor("0", 1, 0, [2]))),
            ("an offset beyond", Dict(w => w.Tensor("0", 1, 1, [1]))),
            ("a negative stride", Dict(w => w.Tensor("0", 1, 0, [1], [-1]))),
            ("many of one number", Dict(w => w.Tensor("0", 1, 0, [1L << 40], [0]))),
            ("an overflow", Dict(w => w.Tensor("0", long.MaxValue, 0, [long.MaxValue, 4]))),
            ("another size", Dict(w => w.Tensor("0", 4, 0, [4]))),
            ("no storage", Dict(w => w.Tensor("9", 1, 0, [1]))),
            ("an end", new PickleWriter().Start().OrderedDict().Mark().Stop()[..^1]),
            ("no values", [0x80, 2, (byte)'R', (byte)'.']),
            ("a long text", [0x80, 2, (byte)'X', 255, 255, 255, 127, (byte)'.']),
            ("an unknown instruction", [0x80, 2, (byte)'i', (byte)'.']),
            ("itself", [0x80, 2, (byte)'}', (byte)'q', 0, (byte)'X', 1, 0, 0, 0, (byte)'a', (byte)'h', 0, (byte)'s', (byte)'.']),
        ];
        foreach ((string name, byte[] pickle) in cases)
        {
            PyTorchFiles.Zip(folder.File("net.pth"), pickle, number);
            string message = Assert.ThrowsExactly<ModelFormatException>(() => StateDict.Read(folder.File("net.pth")), name).Message;
            Assert.Contains("net.pth", message);
        }
        Assert.IsFalse(File.Exists(made));

        static byte[] Dict(Func<PickleWriter, PickleWriter> tensor) => tensor(new PickleWriter().Start().OrderedDict().Mark().Text("w")).SetItems().Stop();
    }

    [TestMethod]
    [DataRow("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""")]
    [DataRow("""{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,400]}}""")]
    [DataRow("""{"w":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""")]
    [DataRow("""{"w":{"dtype":"F32"}}""")]
    [DataRow("""{"w":1}""")]
    [DataRow("""{"w" """)]
    [DataRow("""{"w":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}""")]
    public void ADamagedSafetensorsFileIsRefused(string header)
    {
        using var folder = new TemporaryFolder();
        PyTorchFiles.SafeTensors(folder.File("net.safetensors"), header, new byte[4]);
        Assert.Contains("net.safetensors", Assert.ThrowsExactly<ModelFormatException>(() => StateDict.Read(folder.File("net.safetensors"))).Message);
    }

    private static ResNetEncoder ResNet(int seed, int blocks = 1)
    {
        manual_seed(seed);
        var encoder = new ResNetEncoder(18, 4, 3, blocks: [blocks, 1, 1, 1]);
        using (no_grad())
        {
            encoder.state_dict()["bn1.running_mean"].copy_(rand(4));
        }
        return encoder;
    }

    private static SegFormer Mit(int seed)
    {
        manual_seed(seed);
        return new SegFormer(3, new SegFormerOptions { Width = 8, DecoderWidth = 8, EncoderBlocks = [2, 1, 1, 1] });
    }

    private static void Write(string path, KeyValuePair<string, Tensor>[] tensors)
    {
        if (path.EndsWith(".safetensors", StringComparison.Ordinal))
        {
            PyTorchFiles.SafeTensorsOf(path, tensors);
        }
        else
        {
            (Path.GetFileName(path) == "old.pth" ? PyTorchFiles.OldOf : (Action<string, IEnumerable<KeyValuePair<string, Tensor>>>)PyTorchFiles.ZipOf)(path, tensors);
        }
    }

    private static KeyValuePair<string, Tensor> Named(string name, Tensor tensor) => new(name, tensor);

    private static Dictionary<string, Tensor> Floats(nn.Module module) =>
        module.state_dict().Where(p => p.Value.is_floating_point()).ToDictionary(p => p.Key, p => p.Value);

    private static void AssertSame(nn.Module expected, nn.Module actual)
    {
        Dictionary<string, Tensor> state = Floats(actual);
        foreach ((string name, Tensor tensor) in Floats(expected))
        {
            Assert.IsTrue(tensor.allclose(state[name], 1e-5, 1e-6), name);
        }
    }
}
