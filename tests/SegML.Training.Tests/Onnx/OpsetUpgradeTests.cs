using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using SegML.Onnx;
using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;
using SegML.Onnx.Quantization;
using SegML.Onnx.Rewriting;
using SegML.Onnx.Verification;
using SegML.Tests.Onnx.Quantization;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Tests.Onnx;

/// <summary>Models of older opsets, with every operator in the form that it had then, compute the same in the operators of opset 13.</summary>
[TestClass]
public sealed class OpsetUpgradeTests
{
    private static readonly long[] Shape = [2, 4, 6, 8];

    [TestMethod]
    [DataRow(7)]
    [DataRow(8)]
    [DataRow(9)]
    [DataRow(10)]
    [DataRow(11)]
    [DataRow(12)]
    public void OlderModelsComputeTheSame(int opset)
    {
        ModelProto old = Model(opset), upgraded = old.Clone();
        OpsetUpgrade.Run(upgraded, "old.onnx");
        Assert.AreEqual(OpsetUpgrade.Target, upgraded.OpsetImport.Single().Version);
        using var scope = NewDisposeScope();
        Tensor input = Exported.Input(Shape);
        using OnnxRun before = new(old.ToByteArray(), GraphOptimizationLevel.ORT_DISABLE_ALL), after = new(upgraded.ToByteArray(), GraphOptimizationLevel.ORT_DISABLE_ALL);
        foreach ((Tensor expected, Tensor actual) in before.Run([input]).Zip(after.Run([input])))
        {
            Assert.AreEqual(0, Difference.Between(expected, actual).Max);
        }
    }

    [TestMethod]
    [DataRow(8)]
    [DataRow(12)]
    public void OlderModelsAreQuantizedAndNarrowed(int opset)
    {
        using var exported = new Exported();
        File.WriteAllBytes(exported.File, Model(opset).ToByteArray());
        string target = Path.Combine(exported.Folder, "int8.onnx");
        QuantizationReport report = OnnxQuantizer.Quantize(exported.File, Feeds.Normal(4, 1, Shape), target, new QuantizationOptions { TimingRounds = 0, MinAgreement = 0, MinSignalToNoise = 15 });
        CollectionAssert.Contains(report.Quantized.ToArray(), "conv");
        OnnxFloat16Report half = OnnxFloat16.Convert(exported.File, target, new OnnxFloat16Options { Examples = [Exported.Input(Shape)], MinArgmaxAgreement = 0 });
        Assert.IsGreaterThan(0, half.Converted);
    }

    [TestMethod]
    public void ModelsThatAreTooOldAreRefused()
    {
        ModelProto model = Model(7);
        model.OpsetImport[0].Version = 6;
        Assert.Contains("old.onnx is of opset 6", Assert.ThrowsExactly<OnnxExportException>(() => OpsetUpgrade.Run(model, "old.onnx")).Message);
        model = Model(8);
        model.Graph.Node.First(n => n.OpType == "BatchNormalization").Attribute[0].I = 0;
        Assert.Contains("BatchNormalization in a form of opset 8", Assert.ThrowsExactly<OnnxExportException>(() => OpsetUpgrade.Run(model, "old.onnx")).Message);
    }

    private static ModelProto Model(int opset)
    {
        var graph = new GraphProto { Name = "old" };
        int constants = 0;
        string Floats(float[] values, params long[] shape) => Add(Tensors.Create($"c{constants++}", values, shape));
        string Integers(params long[] values) => Add(Tensors.Create($"c{constants++}", values, values.Length));
        string Add(TensorProto tensor)
        {
            if (opset == 8 && tensor.DataType == (int)TensorProto.Types.DataType.Float)
            {
                tensor.FloatData.AddRange(Tensors.Floats(tensor)); // As numbers, not as bytes: how exporters of that time wrote them.
                tensor.RawData = ByteString.Empty;
            }
            graph.Initializer.Add(tensor);
            if (opset < 9)
            {
                graph.Input.Add(Info(tensor.Name, (TensorProto.Types.DataType)tensor.DataType, [.. tensor.Dims])); // Constants were inputs with defaults.
            }
            return tensor.Name;
        }
        string Node(string type, string[] inputs, string[] outputs, params (string, object)[] attributes)
        {
            var node = new NodeProto { OpType = type, Name = outputs[0] };
            node.Input.AddRange(inputs);
            node.Output.AddRange(outputs);
            node.Attribute.AddRange(attributes.Select(a => Attributes.Create(a.Item1, a.Item2)));
            graph.Node.Add(node);
            return outputs[0];
        }

        graph.Input.Add(Info("input", TensorProto.Types.DataType.Float, Shape));
        string x = Node("Conv", ["input", Floats(Feeds.Values(1, 4, 4, 3, 3), 4, 4, 3, 3)], ["conv"], ("pads", new long[] { 1, 1, 1, 1 }));
        x = Node("BatchNormalization", [x, Floats([1, 2, 0.5f, 1], 4), Floats([0, 1, 0.5f, -1], 4), Floats([0.1f, 0, 0.2f, 0], 4), Floats([1, 2, 1, 0.5f], 4)], ["norm"],
            opset < 9 ? [("spatial", 1)] : []);
        x = opset < 11 ? Node("Clip", [x], ["clip"], ("min", -3f), ("max", 4f)) : Node("Clip", [x, Floats([-3]), Floats([4])], ["clip"]);
        long[] pads = [0, 0, 1, 2, 0, 0, 0, 1];
        x = opset < 11 ? Node("Pad", [x], ["pad"], ("pads", pads), ("value", 0.5f)) : Node("Pad", [x, Integers(pads), Floats([0.5f])], ["pad"]);
        x = opset < 10 ? Node("Slice", [x], ["slice"], ("starts", new long[] { 1, 0 }), ("ends", new long[] { 7, 8 }), ("axes", new long[] { 2, 3 }))
            : Node("Slice", [x, Integers(1, 0), Integers(7, 8), Integers(2, 3)], ["slice"]);
        x = Node("Squeeze", [Node("Unsqueeze", [x], ["wide"], ("axes", new long[] { 0 }))], ["narrow"], ("axes", new long[] { 0 }));
        Node("Split", [x], ["first", "second"], ("axis", 1), ("split", new long[] { 1, 3 }));
        x = Node("Concat", ["second", "first"], ["concat"], ("axis", 1));
        x = opset < 12 ? Node("Dropout", [x], ["dropout"], ("ratio", 0.3f)) : Node("Dropout", [x], ["dropout"]);
        float[] scales = [1, 1, 2, 2];
        x = opset switch
        {
            < 9 => Node("Upsample", [x], ["large"], ("scales", scales), ("mode", "linear")),
            9 => Node("Upsample", [x, Floats(scales, 4)], ["large"], ("mode", "nearest")),
            10 => Node("Resize", [x, Floats([1, 1, 0.5f, 0.75f], 4)], ["large"], ("mode", "nearest")),
            _ => Node("Resize", [x, Floats([], 0), Floats(scales, 4)], ["large"], ("mode", "linear"), ("coordinate_transformation_mode", "half_pixel")),
        };
        x = Node("LogSoftmax", [Node("Softmax", [x], ["soft"])], ["logsoft"], ("axis", 2));
        string sum = Node("ReduceSum", [x], ["sum"], ("axes", new long[] { 3 }), ("keepdims", 1));
        _ = opset < 10 ? Node("TopK", [x], ["top", "places"], ("k", 2), ("axis", 1)) : Node("TopK", [x, Integers(2)], ["top", "places"], ("axis", 1));
        graph.Output.AddRange(new[] { sum, "top" }.Select(o => new ValueInfoProto { Name = o, Type = Info(o, TensorProto.Types.DataType.Float).Type }));
        var model = new ModelProto { IrVersion = opset < 9 ? 3 : 6, Graph = graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = opset });
        return model;
    }

    private static ValueInfoProto Info(string name, TensorProto.Types.DataType type, params long[] shape)
    {
        var tensor = new TypeProto.Types.Tensor { ElemType = (int)type };
        if (shape.Length > 0)
        {
            tensor.Shape = new TensorShapeProto();
            tensor.Shape.Dim.AddRange(shape.Select(s => new TensorShapeProto.Types.Dimension { DimValue = s }));
        }
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } };
    }
}
