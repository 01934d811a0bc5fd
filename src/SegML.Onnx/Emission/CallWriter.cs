using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;
using SegML.Onnx.Tracing;
using SegML.Onnx.Verification;

namespace SegML.Onnx.Emission;

/// <summary>Writes the calls of a trace into a graph, in order.</summary>
/// <param name="builder">The graph.</param>
/// <param name="runs">Runs of one module with the same calls; the first becomes the graph.</param>
/// <param name="options">The opset and the emitters.</param>
/// <param name="reserved">Names that values inside the graph do not get.</param>
internal sealed class CallWriter(GraphBuilder builder, IReadOnlyList<ProbedRun> runs, OnnxExportOptions options, IReadOnlySet<string> reserved)
{
    private readonly Aliases _aliases = new();
    private readonly SizeExpressions _sizes = new(runs[0].Trace.Inputs);

    public void Write()
    {
        ModuleTrace trace = runs[0].Trace;
        foreach (TracedTensor tensor in trace.Calls.SelectMany(c => c.Inputs).OfType<TracedTensor>())
        {
            tensor.Begin();
        }
        Align(runs.Select(r => r.Trace.Inputs));
        ILookup<int, Observation> observations = trace.Observations.ToLookup(o => o.After);
        for (int i = 0; i < trace.Calls.Count; i++)
        {
            See(observations[i]);
            TracedCall[] calls = [.. runs.Select(r => r.Trace.Calls[i])];
            Align(calls.Select(c => c.Outputs));
            Write(calls);
        }
        See(observations[trace.Calls.Count]);
        foreach (TracedTensor output in trace.Outputs)
        {
            if (trace.Calls.Count > 0)
            {
                _aliases.Refresh(output, Context([.. runs.Select(r => r.Trace.Calls[^1])]));
            }
            if (output.Constant is { } constant)
            {
                builder.Initializer(output.Name, () => Tensors.Create(output.Name, constant));
            }
        }
    }

    private void Write(TracedCall[] calls)
    {
        TracedCall call = calls[0];
        EmitContext context = Context(calls);
        foreach (TracedTensor input in call.Inputs.OfType<TracedTensor>())
        {
            _aliases.Refresh(input, context);
        }
        RequireSameConstants(calls);
        string[] results = options.Emitters.Emit(context);
        for (int i = 0; i < call.Outputs.Count; i++)
        {
            string name = ModelBuilder.ValueName(call.Name, i, reserved), result = i < results.Length ? results[i] : "";
            if (context.Nodes.FirstOrDefault(n => n.Output.Contains(result)) is { } node && result.Length > 0)
            {
                // The value that leaves the module is called what the module is called, and so is its node.
                GraphBuilder.Rename(context.Nodes, result, name);
                node.Name = i == 0 ? call.Name : node.Name;
                result = name;
            }
            TracedTensor output = call.Outputs[i];
            if (call.Inputs.Contains(output))
            {
                _aliases.Write(output, result, context);
                continue;
            }
            output.Name = result;
            _sizes.Add(output);
            if (output.ViewOf is not null)
            {
                int index = i;
                _aliases.Add(output, e => Again(calls, index, e));
            }
        }
    }

    // The nodes of a view once more, for what its base is called now. They belong to whoever needs them.
    private string Again(TracedCall[] calls, int output, EmitContext e)
    {
        int before = builder.Graph.Node.Count;
        string result = options.Emitters.Emit(Context(calls))[output];
        e.Adopt(builder.Graph.Node.Skip(before));
        return result;
    }

    private EmitContext Context(TracedCall[] calls) => calls[0] is OperatorCall
        ? new OperatorContext(builder, [.. calls.Cast<OperatorCall>()], options.Opset, _sizes)
        : new EmitContext(builder, calls[0], options.Opset);

    private static void See(IEnumerable<Observation> observations)
    {
        foreach (Observation observation in observations)
        {
            observation.ValueName = observation.Value.Name;
        }
    }

    // The same tensor in all runs, for its sizes in each.
    private static void Align(IEnumerable<IReadOnlyList<TracedTensor>> tensorsOfRuns)
    {
        IReadOnlyList<TracedTensor>[] all = [.. tensorsOfRuns];
        for (int i = 0; i < all[0].Count; i++)
        {
            all[0][i].Sizes = [.. all.Select(run => run[i].Shape)];
        }
    }

    // A tensor that C# made by itself is a constant of the graph. One that was another in another run is none.
    private static void RequireSameConstants(TracedCall[] calls)
    {
        foreach (TracedCall other in calls.Skip(1))
        {
            foreach ((TracedTensor? first, TracedTensor? second) in calls[0].Inputs.Zip(other.Inputs))
            {
                if (first?.Constant is { } a && second?.Constant is { } b && !ReferenceEquals(a, b)
                    && !(a.shape.AsSpan().SequenceEqual(b.shape) && a.dtype == b.dtype && a.equal(b).all().item<bool>()))
                {
                    throw new OnnxExportException(calls[0].Subject, $"reads a tensor [{string.Join(", ", a.shape)}] of values that differ from input to input and that no operation on tensors computed",
                        "compute it by operations on tensors, or fix the size: OnnxExportOptions.FixedAxes, or Dynamic = false")
                    { SizeDependent = true };
                }
            }
        }
    }
}
