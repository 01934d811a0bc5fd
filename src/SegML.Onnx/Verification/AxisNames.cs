using SegML.Onnx.Graphs;
using SegML.Onnx.Tracing;

namespace SegML.Onnx.Verification;

/// <summary>
/// The names of the dimensions that vary. Dimensions of one name are taken to be of one size by ONNX Runtime, which then lets them
/// share memory: a name is shared only where the sizes were the same in every run.
/// </summary>
internal sealed class AxisNames(IReadOnlyList<ProbedRun> runs, OnnxExportOptions options)
{
    private readonly List<(string Name, int Input, int Axis)> _given = [];

    /// <summary>The names of the dimensions of a tensor: the given ones for a tensor of that many, the usual ones otherwise.</summary>
    public static string[] Of(int rank, OnnxExportOptions options) => options.AxisNames is { } names && names.Count == rank ? [.. names] : rank switch
    {
        2 => ["N", "C"],
        3 => ["N", "C", "L"],
        4 => ["N", "C", "H", "W"],
        5 => ["N", "C", "D", "H", "W"],
        _ => [.. Enumerable.Range(0, rank).Select(i => $"dim{i}")],
    };

    /// <summary>An input's dimension; null when it had one size in all runs. Ask for the inputs in order.</summary>
    public string? Input(int input, int axis)
    {
        long[] sizes = InputSizes(input, axis);
        if (sizes.All(s => s == sizes[0]))
        {
            return null;
        }
        TracedTensor tensor = runs[0].Trace.Inputs[input];
        string name = Of(tensor.Rank, options)[axis];
        if (_given.Any(g => g.Name == name && !InputSizes(g.Input, g.Axis).SequenceEqual(sizes)))
        {
            name = $"{tensor.Name}_{name}";
        }
        _given.Add((name, input, axis));
        return name;
    }

    /// <summary>An output's dimension: named after the input dimension that it equals in all runs, if there is one.</summary>
    public string? Output(int output, int axis)
    {
        long[] sizes = [.. runs.Select(r => r.Trace.Outputs[output].Shape[axis])];
        return sizes.All(s => s == sizes[0])
            ? null
            : _given.FirstOrDefault(g => InputSizes(g.Input, g.Axis).SequenceEqual(sizes)).Name ?? $"{runs[0].Trace.Outputs[output].Name}_{axis}";
    }

    private long[] InputSizes(int input, int axis) => [.. runs.Select(r => r.Trace.Inputs[input].Shape[axis])];
}
