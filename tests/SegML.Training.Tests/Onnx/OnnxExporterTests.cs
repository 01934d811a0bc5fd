using Microsoft.ML.OnnxRuntime;
using SegML.Onnx;
using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;
using SegML.Onnx.Verification;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Tests.Onnx;

[TestClass]
public sealed class OnnxExporterTests
{
    [TestMethod]
    public void ResidualNetworkExportsWithItsNormalisationsFolded()
    {
        using var exported = new Exported();
        using var net = nn.Sequential(("stem", nn.Conv2d(3, 4, 3, padding: 1)), ("layer1", new ResidualBlock(4, 4, 1)), ("layer2", new ResidualBlock(4, 6, 2)));
        OnnxExportReport report = exported.Export(net, [1, 3, 16, 20]);
        GraphProto graph = ModelFile.Read(exported.File).Graph;
        Assert.IsEmpty(graph.Node.Where(n => n.OpType == "BatchNormalization").ToArray());
        CollectionAssert.AreEqual(new[] { 0, 2, 3 }, report.DynamicAxes.ToArray());
        Assert.AreEqual(net.parameters().Sum(p => p.numel()), report.Parameters);
    }

    [TestMethod]
    public void NodesAndValuesAreNamedByModulePathAndConstantsAsInTheStateDictionary()
    {
        using var exported = new Exported();
        using var net = new SmallUNet();
        exported.Export(net, [1, 3, 16, 20]);
        GraphProto graph = ModelFile.Read(exported.File).Graph;
        Assert.Contains("encoder1/conv", graph.Node.Select(n => n.Name).ToArray());
        Assert.AreEqual("encoder2/relu", graph.Node.Single(n => n.Name == "encoder2/relu").Output[0]);
        Assert.AreEqual("output", graph.Node.Single(n => n.Name == "head").Output[0]);
        string[] constants = [.. graph.Initializer.Select(i => i.Name)];
        Assert.Contains("decoder.conv.weight", constants);
        Assert.DoesNotContain("decoder.bn.weight", constants);
        Assert.AreEqual(graph.Node.Count, graph.Node.Select(n => n.Name).Distinct().Count());
    }

    [TestMethod]
    public void AnySizeRunsInOnnxRuntimeWithTheModulesValues()
    {
        using var exported = new Exported();
        using var net = new SmallUNet();
        exported.Export(net, [1, 3, 16, 20], Exported.Random with { InputName = "image", OutputName = "logits" });
        using var session = new InferenceSession(exported.File);
        CollectionAssert.AreEqual(new[] { "N", "", "H", "W" }, session.InputMetadata["image"].SymbolicDimensions);
        CollectionAssert.AreEqual(new[] { "N", "", "H", "W" }, session.OutputMetadata["logits"].SymbolicDimensions);
        CollectionAssert.AreEqual(new[] { -1, 4, -1, -1 }, session.OutputMetadata["logits"].Dimensions);
        foreach (long[] shape in (long[][])[[1, 3, 2, 2], [1, 3, 31, 7], [3, 3, 9, 40]])
        {
            Tensor input = Exported.Input(shape);
            using var value = OrtValue.CreateTensorValueFromMemory(input.data<float>().ToArray(), shape);
            using var run = new RunOptions();
            using var outputs = session.Run(run, ["image"], [value], ["logits"]);
            using (no_grad())
            {
                float[] expected = net.call(input).data<float>().ToArray();
                float[] actual = outputs[0].GetTensorDataAsSpan<float>().ToArray();
                Assert.HasCount(expected.Length, actual);
                Assert.IsLessThan(1e-4f, expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max());
            }
        }
    }

    [TestMethod]
    public void MetadataDescriptionAndVersionsAreInTheFile()
    {
        using var exported = new Exported();
        exported.Export(nn.ReLU(), [1, 3, 4, 4], Exported.Random with
        {
            Opset = 20,
            GraphName = "street",
            Description = "what it is",
            Metadata = new Dictionary<string, string> { ["classes"] = "sky\nStraße" },
        });
        using var session = new InferenceSession(exported.File);
        Assert.AreEqual("sky\nStraße", session.ModelMetadata.CustomMetadataMap["classes"]);
        Assert.AreEqual("SegML.Onnx", session.ModelMetadata.ProducerName);
        Assert.AreEqual("street", session.ModelMetadata.GraphName);
        Assert.AreEqual("what it is", session.ModelMetadata.Description);
        ModelProto model = ModelFile.Read(exported.File);
        Assert.AreEqual(20, model.OpsetImport.Single().Version);
        Assert.AreEqual(9, model.IrVersion);
    }

    [TestMethod]
    public void ModuleCalledTwiceIsTwoNodesOnOneWeight()
    {
        using var exported = new Exported();
        using var net = new Composed((p, x) => p[1].call(p[0].call(p[1].call(p[0].call(x)))), nn.Conv2d(3, 3, 3, padding: 1), nn.BatchNorm2d(3));
        exported.Export(net, [1, 3, 8, 8]);
        GraphProto graph = ModelFile.Read(exported.File).Graph;
        CollectionAssert.AreEqual(new[] { "part0", "part1", "part0_2", "part1_2" }, graph.Node.Select(n => n.Name).ToArray());
        Assert.HasCount(1, graph.Initializer.Where(i => i.Name == "part0.weight").ToArray());
    }

    [TestMethod]
    public void NormalisationIsNotFoldedWhereTheConvolutionHasAnotherReader()
    {
        using var exported = new Exported();
        using var add = new SegML.Onnx.Modules.Add();
        using var conv = nn.Conv2d(3, 3, 1);
        using var norm = nn.BatchNorm2d(3);
        using var net = new Composed((p, x) =>
        {
            Tensor y = p[0].call(x);
            return add.call(p[1].call(y), y);
        }, conv, norm);
        net.register_module("add", add);
        exported.Export(net, [1, 3, 8, 8]);
        CollectionAssert.AreEqual(new[] { "Conv", "BatchNormalization", "Add" },
            ModelFile.Read(exported.File).Graph.Node.Select(n => n.OpType).ToArray());
    }

    [TestMethod]
    public void ReaderOfATensorThatWasOverwrittenInPlaceReadsTheNewValue()
    {
        using var exported = new Exported();
        using var add = new SegML.Onnx.Modules.Add();
        using var net = new Composed((p, x) =>
        {
            Tensor y = p[0].call(x);
            Tensor z = p[1].call(y);
            return add.call(z, y);
        }, nn.Conv2d(3, 3, 1), nn.Hardswish(inplace: true));
        net.register_module("add", add);
        exported.Export(net, [1, 3, 8, 8]);
        NodeProto sum = ModelFile.Read(exported.File).Graph.Node.Single(n => n.Name == "add");
        Assert.AreEqual(sum.Input[0], sum.Input[1]);
    }

    [TestMethod]
    public void ExampleInputIsNotWrittenTo()
    {
        using var exported = new Exported();
        Tensor input = Exported.Input(1, 3, 4, 4);
        float[] before = input.data<float>().ToArray();
        using var relu = nn.ReLU(inplace: true);
        relu.eval();
        OnnxExporter.Export(relu, input, exported.File);
        CollectionAssert.AreEqual(before, input.data<float>().ToArray());
    }

    [TestMethod]
    public void SeveralInputsAndOutputsAndAParameterReadAsATensor()
    {
        using var exported = new Exported();
        using var net = new TwoWay();
        Exported.Perturb(net);
        net.eval();
        OnnxExporter.Export(net, [Exported.Input(1, 3, 6, 8), Exported.Input(1, 3, 6, 8) + 1], exported.File);
        using var session = new InferenceSession(exported.File);
        CollectionAssert.AreEqual(new[] { "input", "input_2" }, session.InputNames.ToArray());
        CollectionAssert.AreEqual(new[] { "output", "output_2" }, session.OutputNames.ToArray());
        Assert.Contains("offset", ModelFile.Read(exported.File).Graph.Initializer.Select(i => i.Name).ToArray());
    }

    [TestMethod]
    public void SizesThatTheModuleDoesNotAcceptAreFixed()
    {
        using var exported = new Exported();
        using var net = nn.Sequential(nn.Flatten(), nn.Linear(3 * 4 * 5, 7));
        OnnxExportReport report = exported.Export(net, [1, 3, 4, 5]);
        CollectionAssert.AreEqual(new[] { 0 }, report.DynamicAxes.ToArray());
        using var session = new InferenceSession(exported.File);
        CollectionAssert.AreEqual(new[] { -1, 3, 4, 5 }, session.InputMetadata["input"].Dimensions);
        CollectionAssert.AreEqual(new[] { -1, 7 }, session.OutputMetadata["output"].Dimensions);
    }

    [TestMethod]
    public void NothingVariesWhenTheExportIsNotDynamic()
    {
        using var exported = new Exported();
        using var net = new SmallUNet();
        OnnxExportReport report = exported.Export(net, [2, 3, 8, 10], Exported.Random with { Dynamic = false });
        Assert.IsEmpty(report.DynamicAxes);
        using var session = new InferenceSession(exported.File);
        CollectionAssert.AreEqual(new[] { 2, 3, 8, 10 }, session.InputMetadata["input"].Dimensions);
    }

    [TestMethod]
    public void ModulesInDictionariesAndListsHaveTheirPaths()
    {
        using var exported = new Exported();
        using var net = new Branches();
        exported.Export(net, [1, 3, 8, 8]);
        GraphProto graph = ModelFile.Read(exported.File).Graph;
        CollectionAssert.AreEqual(new[] { "branches/narrow/conv", "branches/narrow/act", "branches/wide/conv", "branches/wide/act", "list/0", "list/1" },
            graph.Node.Select(n => n.Name).ToArray());
        Assert.Contains("branches.wide.conv.weight", graph.Initializer.Select(i => i.Name).ToArray());
    }

    [TestMethod]
    public void DimensionsAreNamedAndFixedByName()
    {
        using var exported = new Exported();
        using var net = new SmallUNet();
        OnnxExportReport report = exported.Export(net, [1, 3, 8, 10], Exported.Random with { AxisNames = ["batch", "channels", "height", "width"], FixedAxes = ["batch"] });
        CollectionAssert.AreEqual(new[] { 2, 3 }, report.DynamicAxes.ToArray());
        using var session = new InferenceSession(exported.File);
        CollectionAssert.AreEqual(new[] { "", "", "height", "width" }, session.InputMetadata["input"].SymbolicDimensions);
        CollectionAssert.AreEqual(new[] { 1, 3, -1, -1 }, session.InputMetadata["input"].Dimensions);
        var e = Assert.ThrowsExactly<OnnxExportException>(() => exported.Export(net, [1, 3, 8, 10], Exported.Random with { FixedAxes = ["height"] }));
        Assert.Contains("choose from N, C, H, W", e.Message);
    }

    [TestMethod]
    public void InputsOfDifferentSizesDoNotShareNames()
    {
        using var exported = new Exported();
        using var resize = new SegML.Onnx.Modules.ResizeLike();
        resize.eval();
        OnnxExporter.Export(resize, [Exported.Input(1, 3, 6, 8), Exported.Input(1, 2, 13, 8)], exported.File, Exported.Random);
        using var session = new InferenceSession(exported.File);
        CollectionAssert.AreEqual(new[] { "N", "", "input_2_H", "W" }, session.InputMetadata["input_2"].SymbolicDimensions);
        CollectionAssert.AreEqual(new[] { "N", "", "input_2_H", "W" }, session.OutputMetadata["output"].SymbolicDimensions);
    }

    /// <summary>ONNX Runtime merges paddings into poolings that cannot have them; found by a random network.</summary>
    [TestMethod]
    public void PaddingBeforeAPoolingStaysWhatItIs()
    {
        using var exported = new Exported();
        foreach (nn.Module<Tensor, Tensor> pool in (nn.Module<Tensor, Tensor>[])[nn.MaxPool2d(2), nn.MaxPool2d(3), nn.AvgPool2d(2), nn.AvgPool2d(3, count_include_pad: false)])
        {
            using var net = nn.Sequential(nn.ReLU(), new Negative(), nn.ZeroPad2d(2), pool);
            OnnxExportOptions options = Exported.Random;
            options.Emitters.Add<Negative>((_, e) => e.Node("Neg", [e.Input]));
            exported.Export(net, [1, 3, 8, 8], options);
        }
    }

    [TestMethod]
    public void EveryGivenShapeIsCompared()
    {
        using var exported = new Exported();
        using var net = new SmallUNet();
        OnnxExportReport report = exported.Export(net, [1, 3, 8, 8], Exported.Random with { VerifyShapes = [[1, 3, 9, 11], [2, 3, 5, 30]] });
        CollectionAssert.AreEqual(new[] { "1x3x8x8", "1x3x9x11", "2x3x5x30" }, report.Shapes.Select(s => string.Join('x', s.InputShape)).ToArray());
    }

    [TestMethod]
    public void OwnEmitterExportsAnOwnModuleAndAModuleOfTheSameNameAsTheOutputIsNoProblem()
    {
        using var exported = new Exported();
        var options = Exported.Random with { OutputName = "part0" };
        options.Emitters.Add<Square>((_, e) => e.Node("Mul", [e.Input, e.Input]));
        using var net = new Composed((p, x) => p[1].call(p[0].call(x)), new Square(), nn.Sigmoid());
        exported.Export(net, [1, 3, 4, 4], options);
        CollectionAssert.AreEqual(new[] { "Mul", "Sigmoid" }, ModelFile.Read(exported.File).Graph.Node.Select(n => n.OpType).ToArray());
    }

    [TestMethod]
    public void HooksAreGoneAndGlobalRandomnessIsUntouchedAfterwards()
    {
        using var exported = new Exported();
        using var net = new SmallUNet();
        net.eval();
        random.manual_seed(3);
        using Tensor expected = randn(4);
        random.manual_seed(3);
        OnnxExporter.Export(net, Exported.Input(1, 3, 8, 8), exported.File, Exported.Random);
        using Tensor actual = randn(4);
        Assert.IsTrue(expected.equal(actual).all().item<bool>());
        OnnxExporter.Export(net, Exported.Input(1, 3, 8, 8), exported.File, Exported.Random);
        Assert.IsTrue(net.parameters().All(p => p.requires_grad));
    }
}

/// <summary>A module without an emitter.</summary>
internal sealed class Square() : nn.Module<Tensor, Tensor>("square")
{
    public override Tensor forward(Tensor x) => x.mul(x);
}

internal sealed class Negative() : nn.Module<Tensor, Tensor>("negative")
{
    public override Tensor forward(Tensor x) => x.neg();
}
