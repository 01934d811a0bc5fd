using Google.Protobuf;
using SegML.Onnx;
using SegML.Onnx.Protobuf;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Tests.Onnx;

/// <summary>Files made to break their reader are refused by name, at no more cost than their own size.</summary>
[TestClass]
public sealed class HostileModelTests
{
    private const int InModel = 7, InGraph = 1, InNode = 5, InAttribute = 6, Initializer = 5, RawData = 9, FloatData = 4, Dims = 1;

    [TestMethod]
    public void DeepNestingIsRefused()
    {
        // A graph in an attribute of a node of a graph ...
        byte[] deep = [];
        for (int i = 0; i < 300; i++)
        {
            deep = Field(InAttribute, Field(InGraph, Field(InNode, deep)));
            deep = Field(InGraph, Field(InNode, deep));
        }
        Refuses(Field(InModel, deep), "cannot be read as an ONNX model");
    }

    [TestMethod]
    [DataRow(RawData)]
    [DataRow(FloatData)]
    [DataRow(Dims)]
    public void LengthThatTheFileDoesNotHoldIsRefused(int field)
    {
        using var buffer = new MemoryStream();
        using (var output = new CodedOutputStream(buffer, leaveOpen: true))
        {
            // Each length is larger than the one around it and than the file.
            output.WriteTag(InModel, WireFormat.WireType.LengthDelimited);
            output.WriteLength(2_000_000_000);
            output.WriteTag(Initializer, WireFormat.WireType.LengthDelimited);
            output.WriteLength(1_990_000_000);
            output.WriteTag(field, WireFormat.WireType.LengthDelimited);
            output.WriteLength(1_980_000_000);
            output.WriteRawTag(0, 0, 0);
        }
        Refuses(buffer.ToArray(), "cannot be read as an ONNX model");
    }

    [TestMethod]
    public void GiantDimensionsAreReportedAndNotAllocated()
    {
        using var exported = new Exported();
        using var net = nn.Linear(3, 4);
        var model = new ModelProto { Graph = new GraphProto() };
        var giant = new TensorProto { Name = "weight", DataType = (int)TensorProto.Types.DataType.Float };
        giant.Dims.AddRange([1L << 40, 1L << 40]);
        model.Graph.Initializer.Add(giant);
        File.WriteAllBytes(exported.File, model.ToByteArray());
        long before = GC.GetAllocatedBytesForCurrentThread();
        OnnxWeightReport report = OnnxWeights.Load(net, exported.File);
        Assert.IsLessThan(1_000_000L, GC.GetAllocatedBytesForCurrentThread() - before);
        CollectionAssert.AreEqual(new[] { "weight is [4, 3] in the module and [1099511627776, 1099511627776] in the model" }, report.Mismatched.ToArray());
    }

    [TestMethod]
    public void ConstantWithoutItsValuesIsRefused()
    {
        using var net = nn.Linear(3, 4);
        var model = new ModelProto { Graph = new GraphProto() };
        var empty = new TensorProto { Name = "weight", DataType = (int)TensorProto.Types.DataType.Float };
        empty.Dims.AddRange([4L, 3L]);
        model.Graph.Initializer.Add(empty);
        Refuses(model.ToByteArray(), "too few or too many values");
    }

    private static byte[] Field(int number, byte[] content)
    {
        using var buffer = new MemoryStream();
        using (var output = new CodedOutputStream(buffer, leaveOpen: true))
        {
            output.WriteTag(number, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(content));
        }
        return buffer.ToArray();
    }

    private static void Refuses(byte[] content, string part)
    {
        using var exported = new Exported();
        using var net = nn.Linear(3, 4);
        File.WriteAllBytes(exported.File, content);
        long before = GC.GetAllocatedBytesForCurrentThread();
        var e = Assert.ThrowsExactly<OnnxExportException>(() => OnnxWeights.Load(net, exported.File));
        Assert.IsLessThan(4_000_000L, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Contains(part, e.Message);
        Assert.StartsWith(exported.File, e.Message);
    }
}
