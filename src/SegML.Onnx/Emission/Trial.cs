using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;
using SegML.Onnx.Tracing;
using SegML.Onnx.Verification;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx.Emission;

/// <summary>
/// Finds out by trial what a module keeps in native memory and does not tell, such as its number of attention heads: the module
/// runs on inputs of its own, each candidate is written as a small model, and the one that computes the same is the module's.
/// </summary>
internal static class Trial
{
    private const int Seed = 1996;

    /// <summary>Picks the candidate whose nodes come closest to the module.</summary>
    /// <param name="e">The call that is being emitted; no nodes are added to it.</param>
    /// <param name="shapes">Shapes of inputs on which the candidates differ: one for each tensor that the module must have.</param>
    /// <param name="candidates">What there is to choose from; the first of several that are equally close wins.</param>
    /// <param name="emit">Writes the module as it would be with a candidate.</param>
    public static T Closest<T>(EmitContext e, long[][] shapes, IReadOnlyList<T> candidates, Func<T, EmitContext, string[]> emit)
    {
        if (candidates.Count == 1)
        {
            return candidates[0];
        }
        using IDisposable noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var generator = new Generator(Seed, CPU);
        Tensor[] inputs = [.. shapes.Select(s => randn(s, generator: generator) * 3)];
        Tensor expected = ModuleHooks.Flatten(ModuleHooks.Forward(e.Call.Module, inputs)).OfType<Tensor>().First();
        return candidates.MinBy(c => Distance(e, inputs, expected, context => emit(c, context)))!;
    }

    private static double Distance(EmitContext e, Tensor[] inputs, Tensor expected, Func<EmitContext, string[]> emit)
    {
        var builder = new GraphBuilder("trial");
        TracedTensor[] given = [.. inputs.Select((t, i) => new TracedTensor(t) { Name = $"input{i}" })];
        builder.Graph.Input.AddRange(given.Select(g => ModelBuilder.Describe(g, g.Name, _ => null)));
        var call = e.Call with { Inputs = given, Arguments = [], Outputs = [new TracedTensor(expected)] };
        string output = emit(new EmitContext(builder, call, e.Opset))[0];
        builder.Graph.Output.Add(new ValueInfoProto { Name = output });
        try
        {
            using var run = new OnnxRun(ModelBuilder.Wrap(builder.Graph, e.Opset).ToByteArray(), GraphOptimizationLevel.ORT_DISABLE_ALL);
            using Tensor actual = run.Run(inputs)[0];
            return Difference.Between(expected, actual).Max;
        }
        catch (OnnxRuntimeException)
        {
            return double.PositiveInfinity; // A candidate that cannot even be run is not the module's.
        }
    }
}
