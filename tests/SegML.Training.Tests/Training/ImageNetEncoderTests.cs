using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using SegML.Colors;
using SegML.Onnx;
using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;
using SegML.Pipelines;
using SegML.Tests.Images;
using SegML.Training.Networks;
using SegML.Training.Starting;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace SegML.Tests.Training;

/// <summary>An encoder starts from a ResNet whose file has other names and another input than ours.</summary>
[TestClass]
public sealed class ImageNetEncoderTests
{
    // What the package's file reads, so that nothing has to be rewritten.
    private static InputOptions AsTrained => new()
    {
        ColorSpace = ColorSpace.Bgr,
        Mean = [.. ImageNetEncoder.Input.Mean.Select(m => (float)m)],
        Std = [.. ImageNetEncoder.Input.Std.Select(s => (float)s)],
    };

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void AStandInGivesItsWeightsByStructureAlone(bool isDilated)
    {
        using var folder = new TemporaryFolder();
        using ResNetEncoder trained = StandIn(folder.File("other.onnx")), encoder = new(18, 4, 3, isDilated, [1, 1, 1, 2]);
        int tensors = ImageNetEncoder.LoadByStructure(encoder, folder.File("other.onnx"), AsTrained, ImageNetEncoder.Input, "p.json");
        Dictionary<string, Tensor> expected = Floats(trained), actual = Floats(encoder);
        Assert.AreEqual(expected.Count, tensors);
        foreach ((string name, Tensor value) in expected)
        {
            Assert.IsTrue(value.allclose(actual[name], 1e-5, 1e-6), name);
        }
    }

    [TestMethod]
    [DataRow(ColorSpace.Rgb)]
    [DataRow(ColorSpace.Bgr)]
    [DataRow(ColorSpace.YCbCr601)]
    [DataRow(ColorSpace.YCbCr709)]
    [DataRow(ColorSpace.Gray601)]
    public void ItsFirstLayerComputesTheSameFromTheDeclaredInput(ColorSpace space)
    {
        bool isGray = space == ColorSpace.Gray601;
        using var folder = new TemporaryFolder();
        using ResNetEncoder trained = StandIn(folder.File("other.onnx"));
        var input = new InputOptions { ColorSpace = space };
        using var encoder = new ResNetEncoder(18, 4, input.ChannelCount, blocks: [1, 1, 1, 2]);
        ImageNetEncoder.LoadByStructure(encoder, folder.File("other.onnx"), input, ImageNetEncoder.Input, "p.json");
        trained.eval();
        encoder.eval();
        using IDisposable noGradients = no_grad();
        Tensor rgb = rand(1, isGray ? 1 : 3, 48, 48).expand(1, 3, 48, 48).contiguous();
        Tensor theirs = trained.AllFeatures(Normalized(rgb.flip(1), ImageNetEncoder.Input.Mean, ImageNetEncoder.Input.Std)).X2;
        Tensor ours = encoder.AllFeatures(Normalized(Converted(rgb, space), [.. input.Mean.Select(m => (double)m)], [.. input.Std.Select(s => (double)s)])).X2;
        // Zeros around the image stand for another colour: the edge differs.
        Assert.IsLessThan(1e-4 * theirs.abs().max().item<float>(), (Inner(theirs) - Inner(ours)).abs().max().item<float>());

        static Tensor Inner(Tensor features) => features.slice(2, 3, -3, 1).slice(3, 3, -3, 1);
    }

    [TestMethod]
    public void AnInputThatItCannotBeRewrittenForIsRefused()
    {
        foreach (InputOptions input in (InputOptions[])[new() { ColorSpace = ColorSpace.Lab }, new() { Bands = [0, 1, 2] }, new() { Normalization = InputNormalization.ZScoreImage }])
        {
            var fault = Assert.ThrowsExactly<PipelineFormatException>(() => InputFold.Between(input, TrainedInput.TorchVision, "p.json"));
            Assert.Contains("cannot be rewritten for", fault.Message);
        }
    }

    [TestMethod]
    public void WithoutThePackageTheErrorNamesIt()
    {
        var fault = Assert.ThrowsExactly<PipelineFormatException>(() => ImageNetEncoder.Find("p.json", ["/nowhere/ResNet18.onnx"]));
        Assert.Contains("dotnet package download Microsoft.ML.DnnImageFeaturizer.ResNet18@0.23.1", fault.Message);
        Assert.IsFalse(fault.Message.Contains('\n'));
    }

    [TestMethod]
    public void OtherEncodersAndOtherWidthsAreRefused()
    {
        using var folder = new TemporaryFolder();
        using ResNetEncoder trained = StandIn(folder.File("other.onnx")), wide = new(18, 8, 3, blocks: [1, 1, 1, 2]), deep = new(18, 4, 3, blocks: [1, 1, 1, 3]);
        using var erfnet = new ErfNet(3);
        foreach (ResNetEncoder encoder in (ResNetEncoder[])[wide, deep])
        {
            Assert.Contains("lacks", Assert.ThrowsExactly<ModelFormatException>(() => Load(encoder)).Message);
        }
        Assert.Contains("encoder is none", Assert.ThrowsExactly<PipelineFormatException>(() => Load(erfnet.Encoder!)).Message);

        void Load(nn.Module encoder) => ImageNetEncoder.LoadByStructure(encoder, folder.File("other.onnx"), AsTrained, ImageNetEncoder.Input, "p.json");
    }

    [TestMethod]
    public void ThePackagesOwnFileGivesTheFeaturesThatOnnxRuntimeComputes()
    {
        if (ImageNetEncoder.Places().FirstOrDefault(File.Exists) is not { } file)
        {
            Assert.Inconclusive("skipped: the package Microsoft.ML.DnnImageFeaturizer.ResNet18 0.23.1 is not in NuGet's package folder");
            return;
        }
        using var folder = new TemporaryFolder();
        string[] outputs = ["ReLU253_Output_0", "ReLU283_Output_0", "ReLU315_Output_0", "ReLU347_Output_0", "ReLU393_Output_0"];
        float[][] expected = Run(file, outputs, folder.File("features.onnx"), out float[] pixels);
        using IDisposable noGradients = no_grad();
        using Tensor bgr = tensor(pixels, [1, 3, 224, 224]);

        using var exact = new ResNetEncoder(18, 64, 3, blocks: [2, 2, 2, 3]);
        EncoderOrigin origin = ImageNetEncoder.Load(exact, file, AsTrained, "p.json");
        Assert.AreEqual(110, origin.Tensors);
        Compare(exact, bgr, 1e-4);

        using var folded = new ResNetEncoder(18, 64, 3, blocks: [2, 2, 2, 3]);
        var input = new InputOptions();
        ImageNetEncoder.Load(folded, file, input, "p.json");
        Tensor rgb = (bgr / 255 + tensor(ImageNetEncoder.Input.Mean.Select(m => (float)m).ToArray()).reshape(1, 3, 1, 1)).flip(1);
        Compare(folded, Normalized(rgb, [.. input.Mean.Select(m => (double)m)], [.. input.Std.Select(s => (double)s)]), 5e-3);

        void Compare(ResNetEncoder encoder, Tensor image, double tolerance)
        {
            encoder.eval();
            (Tensor x2, Tensor x4, Tensor x8, Tensor x16, Tensor? x32) = encoder.AllFeatures(image);
            foreach ((Tensor actual, float[] values, string name) in ((Tensor[])[x2, x4, x8, x16, x32!]).Zip(expected, outputs))
            {
                using Tensor wanted = tensor(values, actual.shape);
                double relative = ((actual - wanted).norm() / wanted.norm()).item<float>();
                Console.WriteLine($"{name}: relative L2 {relative:0.0e+00}");
                Assert.IsLessThan(tolerance, relative, name);
            }
        }
    }

    /// <summary>A file of a small ResNet whose constants have meaningless names and stand in another order.</summary>
    private static ResNetEncoder StandIn(string path)
    {
        manual_seed(5);
        var encoder = new ResNetEncoder(18, 4, 3, blocks: [1, 1, 1, 2]);
        using (no_grad())
        {
            foreach ((string name, Tensor value) in Floats(encoder).Where(p => p.Value.dim() == 1))
            {
                value.copy_(rand(value.shape) + 0.5);
            }
        }
        var trunk = new ImageNetEncoder.Trunk(encoder);
        trunk.eval();
        using Tensor example = zeros(1, 3, 64, 64);
        ModelProto model = new() { IrVersion = 8, Graph = OnnxExporter.GraphOf(trunk, example) };
        var names = model.Graph.Initializer.Select((t, i) => (t.Name, New: $"Parameter{i * 7 % 1009}")).ToDictionary(p => p.Name, p => p.New);
        foreach (TensorProto constant in model.Graph.Initializer)
        {
            constant.Name = names[constant.Name];
        }
        foreach (NodeProto node in model.Graph.Node)
        {
            for (int i = 0; i < node.Input.Count; i++)
            {
                node.Input[i] = names.GetValueOrDefault(node.Input[i], node.Input[i]);
            }
        }
        TensorProto[] reversed = [.. model.Graph.Initializer.Reverse()];
        model.Graph.Initializer.Clear();
        model.Graph.Initializer.AddRange(reversed);
        model.OpsetImport.Add(new OperatorSetIdProto { Version = 18 });
        File.WriteAllBytes(path, model.ToByteArray());
        return encoder;
    }

    /// <summary>What ONNX Runtime computes inside the model from drawn pixels, blue, green and red of 0..255 less the means.</summary>
    private static float[][] Run(string file, string[] outputs, string path, out float[] pixels)
    {
        ModelProto model = ModelFile.Read(file);
        foreach (string name in outputs)
        {
            model.Graph.Output.Add(new ValueInfoProto { Name = name });
        }
        File.WriteAllBytes(path, model.ToByteArray());
        using var session = new InferenceSession(path);
        var random = new Random(3);
        pixels = [.. Enumerable.Range(0, 3 * 224 * 224).Select(_ => (float)(random.NextDouble() * 255 - 115))];
        using var results = session.Run([NamedOnnxValue.CreateFromTensor(session.InputNames[0], new DenseTensor<float>(pixels, [1, 3, 224, 224]))], outputs);
        return [.. results.Select(r => r.AsTensor<float>().ToArray())];
    }

    private static Dictionary<string, Tensor> Floats(nn.Module module) =>
        module.state_dict().Where(p => p.Value.dtype == ScalarType.Float32).ToDictionary(p => p.Key, p => p.Value);

    private static Tensor Normalized(Tensor image, IReadOnlyList<double> mean, IReadOnlyList<double> std) =>
        ((image - tensor(mean.ToArray()).reshape(1, -1, 1, 1)) / tensor(std.ToArray()).reshape(1, -1, 1, 1)).to_type(ScalarType.Float32);

    // The definitions of ITU-R BT.601 and BT.709.
    private static Tensor Converted(Tensor rgb, ColorSpace space)
    {
        (double kr, double kb) = space == ColorSpace.YCbCr709 ? (0.2126, 0.0722) : (0.299, 0.114);
        Tensor red = rgb.narrow(1, 0, 1), green = rgb.narrow(1, 1, 1), blue = rgb.narrow(1, 2, 1);
        Tensor luma = (red * kr) + (green * (1 - kr - kb)) + (blue * kb);
        return space switch
        {
            ColorSpace.Rgb => rgb,
            ColorSpace.Bgr => rgb.flip(1),
            ColorSpace.Gray601 => luma,
            _ => cat([luma, ((blue - luma) / (2 * (1 - kb))) + 0.5, ((red - luma) / (2 * (1 - kr))) + 0.5], 1),
        };
    }
}
