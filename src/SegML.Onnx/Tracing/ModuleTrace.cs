namespace SegML.Onnx.Tracing;

/// <summary>What a module did with its inputs: the calls in order, and which tensors went from where to where.</summary>
internal sealed record ModuleTrace(
    IReadOnlyList<TracedTensor> Inputs, IReadOnlyList<ModuleCall> Calls, IReadOnlyList<TracedTensor> Outputs)
{
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
            ModuleCall a = Calls[i], b = other.Calls[i];
            if (!ReferenceEquals(a.Module, b.Module))
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

    private static void Number(IReadOnlyList<TracedTensor> tensors, Dictionary<TracedTensor, int> numbers)
    {
        foreach (TracedTensor tensor in tensors)
        {
            numbers.TryAdd(tensor, numbers.Count);
        }
    }

    // A constant is the same in both traces when it is the same parameter; it has no number.
    private static IEnumerable<object?> Sources(IReadOnlyList<TracedTensor?> tensors, Dictionary<TracedTensor, int> numbers) =>
        tensors.Select(t => t is null ? null : numbers.TryGetValue(t, out int n) ? n : (object?)t.Name);
}
