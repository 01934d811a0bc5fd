using SegML.Onnx.Analysis;
using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx.Rewriting;

/// <summary>
/// Makes one model of several: each gives its logits for the input that they share, and what comes out is the logarithm of the mean of their
/// probabilities (softmax over axis 1). As logits it has that mean as its softmax, so whatever takes one of the models takes the ensemble.
/// </summary>
public static class OnnxEnsemble
{
    /// <summary>The largest difference between a probability of the ensemble and the mean of its members'.</summary>
    public const double Tolerance = 1e-5;

    // Less than any mask or map shows, and still a number at 16 bits.
    private const float Least = 1e-7f;

    /// <summary>Merges models and compares the result with them in ONNX Runtime.</summary>
    /// <param name="sourcePaths">At least two models with one input and one output [N, C, ...] of the same names, types and shapes.</param>
    /// <param name="path">The model file to write. A file of that name is replaced, but only by a proven one.</param>
    /// <param name="metadata">Metadata that replaces or joins the first model's; null: none.</param>
    /// <param name="verifyShapes">Input shapes to compare at; null: one that the input's declared shape allows.</param>
    /// <exception cref="OnnxExportException">The models do not fit together, or the result does not agree with them. No file is left.</exception>
    public static OnnxEnsembleReport Merge(
        IReadOnlyList<string> sourcePaths, string path, IReadOnlyDictionary<string, string>? metadata = null, IReadOnlyList<long[]>? verifyShapes = null)
    {
        ArgumentNullException.ThrowIfNull(sourcePaths);
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfLessThan(sourcePaths.Count, 2, nameof(sourcePaths));
        return ModelBoundary.Cross(string.Join(", ", sourcePaths), () => Merged(sourcePaths, path, metadata, verifyShapes));
    }

    private static OnnxEnsembleReport Merged(
        IReadOnlyList<string> sourcePaths, string path, IReadOnlyDictionary<string, string>? metadata, IReadOnlyList<long[]>? verifyShapes)
    {
        ModelProto[] members = [.. sourcePaths.Select(ModelFile.ReadWhole)];
        for (int m = 0; m < members.Length; m++)
        {
            Check(members[m], members[0], sourcePaths[m], sourcePaths[0]);
        }
        ModelProto model = members[0].Clone();
        model.Graph = Graph(members);
        ModelProperties.Set(model, metadata ?? new Dictionary<string, string>());

        double difference = 0;
        ModelFile.Write(path, model, temporary => difference = Compare(sourcePaths, temporary, path, members[0], verifyShapes));
        return new OnnxEnsembleReport { Path = path, FileSize = new FileInfo(path).Length, Members = members.Length, MaxDifference = difference };
    }

    private static GraphProto Graph(ModelProto[] members)
    {
        GraphProto first = members[0].Graph;
        string input = Input(first).Name, output = first.Output[0].Name;
        var graph = new GraphProto { Name = first.Name };
        graph.Input.Add(Input(first).Clone());
        graph.Output.Add(first.Output[0].Clone());
        string[] logits = new string[members.Length];
        for (int m = 0; m < members.Length; m++)
        {
            string prefix = FormattableString.Invariant($"member{m + 1}/");
            GraphProto own = members[m].Graph.Clone();
            foreach (NodeProto node in own.Node)
            {
                node.Name = prefix + node.Name;
                Rename(node.Input, prefix, input);
                Rename(node.Output, prefix, input);
            }
            foreach (TensorProto constant in own.Initializer)
            {
                constant.Name = prefix + constant.Name;
            }
            foreach (ValueInfoProto value in own.ValueInfo)
            {
                value.Name = prefix + value.Name;
            }
            graph.Node.AddRange(own.Node);
            graph.Initializer.AddRange(own.Initializer);
            graph.ValueInfo.AddRange(own.ValueInfo);
            logits[m] = prefix + output;
        }
        var mean = new GraphPart(graph, "ensemble");
        string[] probabilities = [.. logits.Select(l => mean.Node("Softmax", [l], ("axis", 1)))];
        mean.NamedNode(output, "Log", [mean.Node("Max", [mean.Node("Mean", probabilities), mean.Float(Least)])]);
        graph.Node.AddRange(mean.Nodes);
        graph.Initializer.AddRange(mean.Constants);
        return graph;
    }

    private static void Rename(IList<string> names, string prefix, string input)
    {
        for (int i = 0; i < names.Count; i++)
        {
            // An input that is left out has no name.
            names[i] = names[i].Length == 0 || names[i] == input ? names[i] : prefix + names[i];
        }
    }

    private static void Check(ModelProto model, ModelProto first, string path, string firstPath)
    {
        HashSet<string> constants = [.. model.Graph.Initializer.Select(i => i.Name)];
        if (model.Graph.Input.Count(i => !constants.Contains(i.Name)) != 1 || model.Graph.Output.Count != 1)
        {
            throw new OnnxExportException(path, "has not one input and one output", "give networks from an image to logits");
        }
        if (model.Graph.Node.Any(n => n.Attribute.Any(a => a.G is not null || a.Graphs.Count > 0)))
        {
            throw new OnnxExportException(path, "has graphs inside nodes (If, Loop, Scan)", "give networks without them");
        }
        if (!Input(model.Graph).Equals(Input(first.Graph)) || !model.Graph.Output[0].Equals(first.Graph.Output[0]) || Opset(model) != Opset(first))
        {
            throw new OnnxExportException(path, $"has another input, output or opset than {firstPath}", "give models of one task, exported alike");
        }
    }

    private static ValueInfoProto Input(GraphProto graph)
    {
        HashSet<string> constants = [.. graph.Initializer.Select(i => i.Name)];
        return graph.Input.First(i => !constants.Contains(i.Name));
    }

    private static string Opset(ModelProto model) => string.Join(",", model.OpsetImport.Select(o => $"{o.Domain} {o.Version}").Order(StringComparer.Ordinal));

    private static double Compare(IReadOnlyList<string> sources, string ensemble, string path, ModelProto first, IReadOnlyList<long[]>? shapes)
    {
        using DisposeScope scope = NewDisposeScope();
        using var generator = new Generator(2018, CPU);
        Tensor[] inputs = shapes is null ? [RewriteProof.Noise(first, sources[0])] : [.. shapes.Select(s => randn(s, generator: generator))];
        Tensor[] sums = [.. inputs.Select(_ => zeros(1))];
        foreach (string source in sources)
        {
            // One after the other: together they may not fit into memory.
            using var member = RewriteProof.Open(source, source);
            for (int i = 0; i < inputs.Length; i++)
            {
                sums[i] = sums[i] + nn.functional.softmax(member.Run([inputs[i]])[0], 1);
            }
        }
        using var run = RewriteProof.Open(ensemble, path);
        double difference = 0;
        for (int i = 0; i < inputs.Length; i++)
        {
            Tensor own = nn.functional.softmax(run.Run([inputs[i]])[0], 1);
            double here = (own - sums[i] / sources.Count).abs().max().item<float>();
            RewriteProof.Check(here <= Tolerance, path, FormattableString.Invariant($"differs from the mean of its members' probabilities by {here:0.0e+00}"),
                "give models that compute the same each time");
            difference = Math.Max(difference, here);
        }
        return difference;
    }
}

/// <summary>What an ensemble is made of, and how closely it agrees with it.</summary>
public sealed record OnnxEnsembleReport
{
    /// <summary>The model file.</summary>
    public required string Path { get; init; }

    /// <summary>The model file's size in bytes.</summary>
    public required long FileSize { get; init; }

    /// <summary>How many models were merged.</summary>
    public required int Members { get; init; }

    /// <summary>The largest difference between a probability of the ensemble and the mean of its members', 0 to 1.</summary>
    public required double MaxDifference { get; init; }
}
