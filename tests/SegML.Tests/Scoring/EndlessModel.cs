using Google.Protobuf;
using SegML.Onnx.Protobuf;

namespace SegML.Tests.Scoring;

/// <summary>A model that never ends: logits = Loop(while true) of the network's logits, for all images or those that are brighter somewhere.</summary>
internal static class EndlessModel
{
    /// <param name="above">Where no channel of an image is brighter, 0 to 1, the model ends at once; null: it never does.</param>
    public static byte[] Create(float? above = null)
    {
        ModelProto model = ModelProto.Parser.ParseFrom(TinyModel.Create(isSealed: false));
        GraphProto graph = model.Graph;
        graph.Node[0].Output[0] = "before";
        var body = new GraphProto { Name = "body" };
        body.Input.Add(new ValueInfoProto { Name = "i", Type = Scalar(TensorProto.Types.DataType.Int64) });
        body.Input.Add(new ValueInfoProto { Name = "goes", Type = Scalar(TensorProto.Types.DataType.Bool) });
        body.Input.Add(new ValueInfoProto { Name = "x", Type = graph.Output[0].Type.Clone() });
        body.Node.Add(new NodeProto { OpType = "Identity", Input = { "goes" }, Output = { "on" } });
        body.Node.Add(new NodeProto { OpType = "Neg", Input = { "x" }, Output = { "y" } });
        body.Output.Add(new ValueInfoProto { Name = "on", Type = Scalar(TensorProto.Types.DataType.Bool) });
        body.Output.Add(new ValueInfoProto { Name = "y", Type = graph.Output[0].Type.Clone() });
        graph.Initializer.Add(new TensorProto { Name = "true", DataType = (int)TensorProto.Types.DataType.Bool, RawData = ByteString.CopyFrom(1) });
        if (above is { } brightness)
        {
            graph.Initializer.Add(new TensorProto { Name = "brightness", DataType = (int)TensorProto.Types.DataType.Float, FloatData = { brightness } });
            graph.Node.Add(new NodeProto
            {
                OpType = "ReduceMax",
                Input = { "before" },
                Output = { "brightest" },
                Attribute = { new AttributeProto { Name = "keepdims", Type = AttributeProto.Types.AttributeType.Int, I = 0 } },
            });
            graph.Node.Add(new NodeProto { OpType = "Greater", Input = { "brightest", "brightness" }, Output = { "bright" } });
        }
        graph.Node.Add(new NodeProto
        {
            OpType = "Loop",
            Input = { "", above is null ? "true" : "bright", "before" },
            Output = { "logits" },
            Attribute = { new AttributeProto { Name = "body", Type = AttributeProto.Types.AttributeType.Graph, G = body } },
        });
        return TinyModel.Sealed(model.ToByteArray());
    }

    private static TypeProto Scalar(TensorProto.Types.DataType type) =>
        new() { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = new TensorShapeProto() } };
}
