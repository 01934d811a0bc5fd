using static TorchSharp.torch;

namespace SegML.Onnx.Tracing;

/// <summary>What a module did with its inputs: the calls in order, and which tensors went from where to where.</summary>
internal sealed record ModuleTrace(
    IReadOnlyList<TracedTensor> Inputs, IReadOnlyList<TracedCall> Calls, IReadOnlyList<TracedTensor> Outputs)
{
    /// <summary>Operations whose single value no other operation and no output reads: C# code does, perhaps to decide by it.</summary>
    public IReadOnlyList<string> ReadByCode { get; init; } = [];

    /// <summary>The tensors beside parameters that the module holds and writes to, and that it also reads.</summary>
    public IEnumerable<string> WrittenState => Calls.SelectMany(c => c.Outputs.Where(c.Inputs.Contains)).Select(o => o.Root).Where(r => r.Constant is not null).Select(r => r.Name).Distinct();

    /// <summary>What modules returned, if it was asked for.</summary>
    public IReadOnlyList<Observation> Observations { get; init; } = [];

    /// <summary>Frees what modules returned and the graph does not compute: what a convolution returns whose normalisation is folded into it.</summary>
    /// <param name="values">The values that the graph computes.</param>
    public void ForgetUnless(HashSet<string> values)
    {
        var kept = new HashSet<Tensor>(Observations.Where(o => values.Contains(o.ValueName)).Select(o => o.Expected), ReferenceEqualityComparer.Instance);
        foreach (Tensor unneeded in Observations.Select(o => o.Expected).Where(e => !kept.Contains(e)))
        {
            unneeded.Dispose();
        }
    }

    /// <summary>
    /// Compares two traces of one module at two sizes. They differ when the module's C# code decides by the data or the
    /// size which modules to call; a graph can show only one of the ways.
    /// </summary>
    /// <returns>The first difference, as a sentence that names the module; null when there is none.</returns>
    public string? FirstDifference(ModuleTrace other)
    {
        Dictionary<TracedTensor, int> mine = [], theirs = [];
        Number(Inputs, mine);
        Number(other.Inputs, theirs);
        for (int i = 0; i < Math.Max(Calls.Count, other.Calls.Count); i++)
        {
            if (i >= Calls.Count || i >= other.Calls.Count)
            {
                return $"{(i < Calls.Count ? Calls : other.Calls)[i].Subject} is called at one size only";
            }
            TracedCall a = Calls[i], b = other.Calls[i];
            if (!SameOperation(a, b))
            {
                return $"{b.Subject} is called in place of {a.Subject}";
            }
            if (!Sources(a.Inputs, mine).SequenceEqual(Sources(b.Inputs, theirs)))
            {
                return $"{a.Subject} reads other tensors";
            }
            Number(a.Outputs, mine);
            Number(b.Outputs, theirs);
        }
        return Sources(Outputs, mine).SequenceEqual(Sources(other.Outputs, theirs)) ? null : "the module returns other tensors";
    }

    // Numbers may differ, for code computes some of them from sizes; what they are computed from is found out later.
    private static bool SameOperation(TracedCall a, TracedCall b) => (a, b) switch
    {
        (ModuleCall first, ModuleCall second) => ReferenceEquals(first.Module, second.Module),
        (OperatorCall first, OperatorCall second) => first.Operator == second.Operator && first.Path == second.Path
            && first.Outputs.Count == second.Outputs.Count && first.Outputs.Zip(second.Outputs).All(o => o.First.Rank == o.Second.Rank && o.First.Type == o.Second.Type),
        _ => false,
    };

    private static void Number(IReadOnlyList<TracedTensor> tensors, Dictionary<TracedTensor, int> numbers)
    {
        foreach (TracedTensor tensor in tensors)
        {
            numbers.TryAdd(tensor, numbers.Count);
        }
    }

    // A constant is the same in both traces when it has the same name; it has no number.
    private static IEnumerable<object?> Sources(IReadOnlyList<TracedTensor?> tensors, Dictionary<TracedTensor, int> numbers) =>
        tensors.Select(t => t is null ? null : numbers.TryGetValue(t, out int n) ? n : (object?)t.Name);

    /// <summary>The trace without the calls whose results, and whose writing into memory, no output depends on.</summary>
    public ModuleTrace WithoutUnread()
    {
        HashSet<TracedTensor> read = [.. Outputs], memories = [.. Outputs.Select(o => o.Root)];
        var kept = new bool[Calls.Count];
        for (int i = Calls.Count - 1; i >= 0; i--)
        {
            // A view that nothing reads is not needed, even if its memory is; writing into it is.
            TracedCall call = Calls[i];
            kept[i] = call.Outputs.Any(o => read.Contains(o) || call.Inputs.Contains(o) && memories.Contains(o.Root));
            TracedTensor[] inputs = kept[i] ? [.. call.Inputs.OfType<TracedTensor>()] : [];
            read.UnionWith(inputs);
            memories.UnionWith(inputs.Select(t => t.Root));
        }
        int[] before = new int[Calls.Count + 1];
        for (int i = 0; i < Calls.Count; i++)
        {
            before[i + 1] = before[i] + (kept[i] ? 1 : 0);
        }
        HashSet<TracedTensor> anywhere = [.. Calls.SelectMany(c => c.Inputs).OfType<TracedTensor>()];
        return this with
        {
            ReadByCode = [.. Calls.Where((c, i) => !kept[i] && c is OperatorCall && c.Outputs is [var only] && only.Shape.All(s => s == 1) && !anywhere.Contains(only)).Select(c => c.Subject)],
            Calls = [.. Calls.Where((_, i) => kept[i])],
            Observations = [.. Observations.Where(o => read.Contains(o.Value)).Select(o => o with { After = before[o.After] })],
        };
    }
}
