using SegML.Onnx.Protobuf;
using static SegML.Onnx.Protobuf.TensorProto.Types;

namespace SegML.Onnx.Graphs;

/// <summary>
/// Rewrites models of opset 7 to 12 in the operators of opset 13, which compute the same: numbers that were attributes become inputs, and
/// operators that were renamed or changed their meaning are replaced. See "Changelog.md" of https://github.com/onnx/onnx.
/// </summary>
internal sealed class OpsetUpgrade
{
    /// <summary>The opset that models have afterwards, and the oldest that they may have before.</summary>
    public const int Target = 13, Oldest = 7;

    /// <summary>The version of the file format that came with the opset; initializers need not be inputs any more.</summary>
    private const long FormatVersion = 7;

    private readonly long _from;
    private readonly HashSet<string> _names;
    private readonly GraphProto _root;

    private OpsetUpgrade(GraphProto root, long from)
    {
        (_root, _from) = (root, from);
        _names = [.. GraphValues.Computed(root), .. root.Input.Select(i => i.Name), .. root.Initializer.Select(i => i.Name)];
    }

    /// <summary>Rewrites a model in place; one of opset 13 or later stays as it is.</summary>
    /// <exception cref="OnnxExportException">It is older than opset 7, or has an operator that has no successor.</exception>
    public static void Run(ModelProto model, string path)
    {
        OperatorSetIdProto? opset = model.OpsetImport.FirstOrDefault(o => o.Domain is "" or "ai.onnx");
        long from = opset?.Version ?? 1;
        if (from >= Target)
        {
            return;
        }
        if (from < Oldest)
        {
            throw new OnnxExportException(path, $"is of opset {from}, and no older one than {Oldest} can be read", $"export it again, or convert it with ONNX's version converter");
        }
        new OpsetUpgrade(model.Graph, from).Upgrade(model.Graph, path);
        GraphValues.RemoveConstantInputs(model.Graph);
        opset!.Version = Target;
        model.IrVersion = Math.Max(model.IrVersion, FormatVersion);
    }

    private void Upgrade(GraphProto graph, string path)
    {
        NodeProto[] nodes = [.. graph.Node];
        graph.Node.Clear();
        foreach (NodeProto node in nodes)
        {
            foreach (GraphProto body in node.Attribute.Where(a => a.G is not null).Select(a => a.G))
            {
                Upgrade(body, path);
            }
            graph.Node.AddRange(node.Domain is "" or "ai.onnx" ? Upgrade(node, path) : [node]);
        }
    }

    private IEnumerable<NodeProto> Upgrade(NodeProto node, string path)
    {
        switch (node.OpType)
        {
            case "Clip" when _from < 11:
                Inputs(node, Number(node, "min"), Number(node, "max"));
                break;
            case "Pad" when _from < 11:
                Inputs(node, Integers(node, "pads"), Number(node, "value"));
                break;
            case "Slice" when _from < 10:
                Inputs(node, Integers(node, "starts"), Integers(node, "ends"), Integers(node, "axes"));
                break;
            case "TopK" when _from < 10:
                Inputs(node, Integers(node, "k"));
                break;
            case "Squeeze" or "Unsqueeze" or "ReduceSum":
                Inputs(node, Integers(node, "axes"));
                break;
            case "Split":
                Inputs(node, Integers(node, "split"));
                break;
            case "Dropout" when _from < 12:
                _ = Taken(node, "ratio"); // Nothing is dropped when a model is run.
                break;
            case "Scatter":
                node.OpType = "ScatterElements";
                break;
            case "Upsample" or "Resize" when _from < 11:
                Resize(node);
                break;
            case "BatchNormalization" when _from < 9 && (Taken(node, "spatial")?.I ?? 1) == 0:
            case "Scan" when _from < 9:
                throw new OnnxExportException(path, $"has {node.OpType} in a form of opset {_from} that later ones do not have ({node.Name})", "export it again with opset 13 or later");
            case "Softmax" or "LogSoftmax" or "Hardmax":
                return Flattened(node);
        }
        return [node];
    }

    // Scales were an attribute, then the second input, now the third; and positions were scaled from the corner.
    private void Resize(NodeProto node)
    {
        string scales = node.Input.Count > 1 ? node.Input[1] : Floats(Taken(node, "scales") is { } list ? [.. list.Floats] : []);
        bool shrinks = _root.Initializer.FirstOrDefault(i => i.Name == scales) is { DataType: (int)DataType.Float } known && Tensors.Floats(known).Any(s => s < 1);
        string value = node.Input[0];
        node.OpType = "Resize";
        node.Input.Clear();
        node.Input.AddRange([value, "", scales]);
        node.Attribute.Add(Attributes.Create("coordinate_transformation_mode", "asymmetric"));
        node.Attribute.Add(Attributes.Create("nearest_mode", shrinks ? "ceil" : "floor"));
    }

    // These took everything from an axis on as one dimension, by default from 1 on; now an axis is one dimension.
    private NodeProto[] Flattened(NodeProto node)
    {
        long axis = Taken(node, "axis")?.I ?? 1;
        string input = node.Input[0], output = node.Output[0];
        string shape = Unique($"{output}/shape"), flat = Unique($"{output}/flat"), result = Unique($"{output}/of_flat");
        node.Input[0] = flat;
        node.Output[0] = result;
        node.Attribute.Add(Attributes.Create("axis", 1));
        NodeProto flatten = Node("Flatten", [input], flat);
        flatten.Attribute.Add(Attributes.Create("axis", axis));
        return [Node("Shape", [input], shape), flatten, node, Node("Reshape", [result, shape], output)];
    }

    private static NodeProto Node(string type, string[] inputs, string output)
    {
        var node = new NodeProto { OpType = type, Name = $"{output}/{type}" };
        node.Input.AddRange(inputs);
        node.Output.Add(output);
        return node;
    }

    // Optional inputs that are not given: at the end they are left out, in the middle their names are empty.
    private static void Inputs(NodeProto node, params string[] values) =>
        node.Input.AddRange(values.Reverse().SkipWhile(v => v.Length == 0).Reverse());

    private string Number(NodeProto node, string attribute) => Taken(node, attribute) is { } taken ? Constant(Tensors.Create("", [taken.F])) : "";

    private string Integers(NodeProto node, string attribute) => Taken(node, attribute) is not { } taken ? ""
        : taken.Type == AttributeProto.Types.AttributeType.Int ? Constant(Tensors.Create("", [taken.I], 1)) : Constant(Tensors.Create("", [.. taken.Ints], taken.Ints.Count));

    private string Floats(float[] values) => Constant(Tensors.Create("", values, values.Length));

    private string Constant(TensorProto tensor)
    {
        tensor.Name = Unique("opset13");
        _root.Initializer.Add(tensor);
        return tensor.Name;
    }

    private static AttributeProto? Taken(NodeProto node, string name)
    {
        AttributeProto? found = node.Attribute.FirstOrDefault(a => a.Name == name);
        _ = found is not null && node.Attribute.Remove(found);
        return found;
    }

    private string Unique(string stem)
    {
        string name = stem;
        for (int i = 2; !_names.Add(name); i++)
        {
            name = $"{stem}_{i}";
        }
        return name;
    }
}
