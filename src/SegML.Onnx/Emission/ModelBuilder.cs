using System.Reflection;
using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;
using SegML.Onnx.Tracing;
using SegML.Onnx.Verification;

namespace SegML.Onnx.Emission;

/// <summary>From traces to an ONNX model.</summary>
internal static class ModelBuilder
{
    /// <summary>Builds the model.</summary>
    /// <param name="runs">Runs of one module with the same calls at different shapes. The first becomes the graph; the shapes of all
    /// tell which output dimensions vary, and with which input dimension.</param>
    /// <param name="options">Names, opset, metadata, emitters.</param>
    /// <returns>The model, and its graph with the module's own constants, before normalisations were folded.</returns>
    public static (ModelProto Model, GraphProto Unfolded) Build(IReadOnlyList<ProbedRun> runs, OnnxExportOptions options)
    {
        ModuleTrace trace = runs[0].Trace;
        var builder = new GraphBuilder(options.GraphName ?? "module");
        var axes = new AxisNames(runs, options);
        foreach ((int index, string name) in options.InputNames(trace.Inputs.Count).Index())
        {
            trace.Inputs[index].Name = name;
            builder.Graph.Input.Add(Describe(trace.Inputs[index], name, axis => axes.Input(index, axis)));
        }
        string[] outputs = [.. options.OutputNames(trace.Outputs.Count)];
        HashSet<string> reserved = [.. trace.Inputs.Select(i => i.Name), .. outputs];
        new CallWriter(builder, runs, options, reserved).Write();
        for (int i = 0; i < outputs.Length; i++)
        {
            int index = i;
            NameOutput(builder, trace, i, outputs);
            builder.Graph.Output.Add(Describe(trace.Outputs[i], outputs[i], axis => axes.Output(index, axis)));
        }
        PaddedPooling.Keep(builder.Graph);
        GraphProto unfolded = builder.Graph.Clone(); // The constants' bytes are not copied: they never change.
        if (options.FoldBatchNorm)
        {
            BatchNormFolder.Fold(builder.Graph);
        }
        return (Model(builder.Graph, options), unfolded);
    }

    private static ModelProto Model(GraphProto graph, OnnxExportOptions options)
    {
        ModelProto model = Wrap(graph, options.Opset);
        model.ProducerName = "SegML.Onnx";
        model.ProducerVersion = typeof(ModelBuilder).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";
        model.DocString = options.Description;
        return model;
    }

    /// <summary>A model of a graph, with the file format's version that came with the opset.</summary>
    public static ModelProto Wrap(GraphProto graph, int opset)
    {
        var model = new ModelProto { IrVersion = opset switch { <= 14 => 7, <= 18 => 8, <= 20 => 9, <= 22 => 10, _ => 11 }, Graph = graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = opset });
        return model;
    }

    /// <summary>What the graph calls a module's result: as the module, unless an input or output of the graph is called so.</summary>
    public static string ValueName(string call, int output, IReadOnlySet<string> reserved)
    {
        string name = output == 0 ? call : $"{call}:{output}";
        return reserved.Contains(name) ? $"{name}/value" : name;
    }

    // The value that leaves the graph gets the output's name. One that also is an input, a constant or another output is copied.
    private static void NameOutput(GraphBuilder builder, ModuleTrace trace, int index, string[] outputs)
    {
        string value = trace.Outputs[index].Name, name = outputs[index];
        if (builder.IsInitializer(value) || builder.Graph.Input.Any(i => i.Name == value) || outputs[..index].Contains(value))
        {
            builder.Add("Identity", name, [value], [name], []);
            return;
        }
        GraphBuilder.Rename(builder.Graph.Node, value, name);
        foreach (TracedTensor same in trace.Outputs.Where(o => o.Name == value).ToArray())
        {
            same.Name = name;
        }
        foreach (Observation seen in trace.Observations.Where(o => o.ValueName == value))
        {
            seen.ValueName = name;
        }
    }

    /// <summary>What the graph says about an input or output; <paramref name="symbol"/> names the dimensions that vary.</summary>
    internal static ValueInfoProto Describe(TracedTensor tensor, string name, Func<int, string?> symbol)
    {
        var shape = new TensorShapeProto();
        for (int axis = 0; axis < tensor.Rank; axis++)
        {
            shape.Dim.Add(symbol(axis) is { } text
                ? new TensorShapeProto.Types.Dimension { DimParam = text }
                : new TensorShapeProto.Types.Dimension { DimValue = tensor.Shape[axis] });
        }
        var type = new TypeProto.Types.Tensor { ElemType = (int)Tensors.ElementType(tensor.Type), Shape = shape };
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = type } };
    }
}
