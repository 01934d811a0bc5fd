using SegML.Onnx.Graphs;
using SegML.Onnx.Tracing;
using static TorchSharp.torch;

namespace SegML.Onnx.Verification;

/// <summary>One traced run of the module: what went in, what came out, and the calls between.</summary>
internal sealed record ProbedRun(IReadOnlyList<Tensor> Inputs, ModuleTrace Trace, IReadOnlyList<Tensor> Outputs);

/// <summary>
/// Runs the module at the shapes that the export is going to be compared at. That also shows which dimensions of the input may
/// vary, and whether the module decides by the size which modules to call.
/// </summary>
internal sealed class ShapeProbe(Func<IReadOnlyList<Tensor>, ProbedRun> trace, IReadOnlyList<Tensor> example, OnnxExportOptions options)
{
    private const int Seed = 2018;

    private readonly HashSet<(int Rank, int Axis)> _sequences = [], _fixed = [];

    /// <summary>A size for a dimension, from its size in the example and its place among the dimensions that may vary.</summary>
    private delegate long Resized(long size, int place);

    /// <summary>Sizes for all dimensions that may vary; tied: those of one size in the example get one size, as tokens [T, N] and their mask [T, T] want.</summary>
    private sealed record Way(Resized Resized, bool Tied = false);

    /// <summary>Runs the module.</summary>
    /// <returns>
    /// The runs, the example's first; one more at sizes that no number of the graph may be concluded from, null when nothing varies; and the dimensions of the
    /// first input along which the runs' shapes differ.
    /// </returns>
    public (IReadOnlyList<ProbedRun> Runs, ProbedRun? HeldOut, IReadOnlyList<int> DynamicAxes) Run()
    {
        string[] names = [.. example.SelectMany(e => AxisNames.Of((int)e.dim(), options)).Distinct()];
        if (options.FixedAxes.FirstOrDefault(f => !names.Contains(f)) is { } unknown)
        {
            throw new OnnxExportException($"FixedAxes \"{unknown}\"", "is no dimension of the input", $"choose from {string.Join(", ", names)}, or name them by AxisNames");
        }
        List<ProbedRun> runs = [trace(example)];
        ProbedRun? heldOut = null;
        if (options.VerifyShapes is { } shapes)
        {
            if (example.Count > 1)
            {
                throw new OnnxExportException("VerifyShapes", "is given for a module with several inputs", "leave it out");
            }
            runs.AddRange(shapes.Select(s => trace([ExampleInputs.Like(example[0], s, Seed)])));
        }
        else if (options.Dynamic)
        {
            FindSequences();
            // Odd sizes; for a module that takes no odd ones, since it halves and doubles, twice the size.
            Add(runs, FirstAccepted(Seed + runs.Count, batch: 1, [.. Ways((s, _) => s + 1 + s % 2, (s, _) => 2 * s)]));
            // Not square and a batch of two; if need be, a batch of two alone.
            Add(runs, FirstAccepted(Seed + runs.Count, batch: 2, [.. Ways((s, i) => i % 2 == 0 ? Math.Max(1, s * 3 / 4) : s + s / 4 + 1, (s, i) => i % 2 == 0 ? s : 2 * s), new((s, _) => s)]));
            heldOut = runs.Count == 1 ? null : HeldOut(runs[0], 0);
        }
        if (runs.Count == 1 || ExampleInputs.IsConstant(example[0]))
        {
            runs.Add(trace([.. example.Select(e => ExampleInputs.Like(e, e.shape, Seed))]));
        }
        foreach (ProbedRun run in runs)
        {
            RequireSameWay(runs[0], run);
        }
        return (runs, heldOut, [.. Enumerable.Range(0, (int)example[0].dim()).Where(a => runs.Any(r => r.Inputs[0].shape[a] != example[0].shape[a]))]);
    }

    /// <summary>A run at sizes that no other one has, to hold a graph against that others were made of.</summary>
    /// <param name="first">The example's run.</param>
    /// <param name="number">Which, from 0.</param>
    /// <returns>The run; null when the module takes no more sizes.</returns>
    public ProbedRun? HeldOut(ProbedRun first, int number)
    {
        ProbedRun? run = FirstAccepted(Seed - 1 - number, batch: 3 + number, [.. Ways((s, i) => i % 2 == 0 ? s + 3 + 2 * number : s / 2 + 1 + number,
            (s, i) => i % 2 == number % 2 ? (2 + number) * s : s), new((s, _) => s)]);
        if (run is not null)
        {
            RequireSameWay(first, run);
        }
        return run;
    }

    private void RequireSameWay(ProbedRun first, ProbedRun run)
    {
        if (first.Trace.FirstDifference(run.Trace) is { } difference)
        {
            throw new OnnxExportException("the module", $"takes another way at the input [{string.Join(", ", run.Inputs[0].shape)}]: {difference}",
                "a graph can show one way only; make the choice a constant, or export each way as a module of its own")
            { SizeDependent = !run.Inputs[0].shape.AsSpan().SequenceEqual(example[0].shape) };
        }
    }

    // Tensors of three dimensions are sequences of features, or features along a line; whole numbers of two are sequences: the module tells which, by the
    // dimension that it takes in other sizes.
    private void FindSequences()
    {
        if (options.DynamicAxes is not null)
        {
            return;
        }
        bool Has(int rank) => example.Any(e => e.dim() == rank && (rank == 3 || !e.is_floating_point()));
        if (Has(3) && !Accepts(3, axis: 2))
        {
            _fixed.Add((3, 2));
            if (Accepts(3, axis: 1))
            {
                _sequences.Add((3, 1));
            }
        }
        if (Has(2) && Accepts(2, axis: 1))
        {
            _sequences.Add((2, 1));
        }
    }

    // Whether the module runs when one dimension of all tensors of one rank and size is one longer; the other tensors' of that size with it.
    private bool Accepts(int rank, int axis)
    {
        long size = example.First(e => e.dim() == rank && (rank == 3 || !e.is_floating_point())).shape[axis];
        try
        {
            trace([.. example.Select(e => ExampleInputs.Like(e, [.. e.shape.Select((s, a) => a == axis && e.dim() <= 3 && s == size ? s + 1 : s)], Seed))]);
            return true;
        }
        catch (OnnxExportException e) when (e.InputRefused)
        {
            return false;
        }
    }

    private bool Varies(Tensor input, int axis) => options.DynamicAxes?.Contains(axis)
        ?? (axis == 1 ? _sequences.Contains(((int)input.dim(), axis)) : !_fixed.Contains(((int)input.dim(), axis)));

    private static void Add(List<ProbedRun> runs, ProbedRun? run) => runs.AddRange(run is null ? [] : [run]);

    // Several inputs may belong together.
    private IEnumerable<Way> Ways(params Resized[] sizes) => sizes.Select(s => new Way(s)).Concat(example.Count > 1 ? sizes.Select(s => new Way(s, Tied: true)) : []);

    private ProbedRun? FirstAccepted(int seed, int batch, Way[] ways)
    {
        foreach (Way way in ways)
        {
            try
            {
                return trace([.. example.Select(e => ExampleInputs.Like(e, Shape(e, batch, way), seed))]);
            }
            catch (OnnxExportException e) when (e.InputRefused)
            {
                // The next way, or none: then those dimensions are fixed, and the report says so.
            }
        }
        return null;
    }

    private long[] Shape(Tensor input, int batch, Way way)
    {
        long[] shape = input.shape;
        int place = 0;
        foreach (int axis in VaryingAxes(input))
        {
            shape[axis] = way.Tied ? way.Resized(shape[axis], Array.IndexOf(VaryingSizes(), shape[axis]))
                : axis == 0 ? batch * shape[0] : way.Resized(shape[axis], place++);
        }
        return shape;
    }

    private long[] VaryingSizes() => [.. example.SelectMany(e => VaryingAxes(e).Select(a => e.shape[a])).Distinct()];

    private IEnumerable<int> VaryingAxes(Tensor input)
    {
        string[] names = AxisNames.Of((int)input.dim(), options);
        return Enumerable.Range(0, names.Length).Where(a => Varies(input, a) && !options.FixedAxes.Contains(names[a]));
    }
}
