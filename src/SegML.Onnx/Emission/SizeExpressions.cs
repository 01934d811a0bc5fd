using SegML.Onnx.Tracing;

namespace SegML.Onnx.Emission;

/// <summary>
/// Expresses numbers that C# code computed from sizes, by the dimensions that they came from. A number is known by its values in several runs at different
/// input sizes: the simplest expression that gives all of them is taken, dimensions of the tensors that the operation reads first.
/// </summary>
internal sealed class SizeExpressions(IReadOnlyList<TracedTensor> inputs)
{
    /// <summary>The largest constant that a size is multiplied with or divided by.</summary>
    private const int MaxFactor = 64;

    private static readonly Func<Term, long[], Func<EmitContext, string>?>[] Forms = [Proportional, Shifted, Linear, Rounded];

    private readonly List<TracedTensor> _known = [.. inputs];
    private readonly Dictionary<(TracedTensor, int), string> _dimensions = [];

    /// <summary>A number's values in all runs, and how to write it.</summary>
    private sealed record Term(long[] Values, int Axis, Func<EmitContext, string> Emit);

    /// <summary>From now on the tensor's dimensions can be used.</summary>
    public void Add(TracedTensor tensor) => _known.Add(tensor);

    /// <summary>Whether a number is a dimension of a tensor that the operation reads.</summary>
    public bool IsDimension(EmitContext e, long[] values) => Dimensions(e.Inputs.OfType<TracedTensor>()).Any(t => t.Values.AsSpan().SequenceEqual(values));

    /// <summary>Writes a number.</summary>
    /// <returns>A value of shape <c>[1]</c>; null when nothing explains it.</returns>
    public string? Find(EmitContext e, long[] values)
    {
        TracedTensor[] read = [.. e.Inputs.OfType<TracedTensor>().Where(t => t.Constant is null)];
        Term? dimension = Dimensions(read.Concat(inputs).Concat(Enumerable.Reverse(_known))).FirstOrDefault(t => t.Values.AsSpan().SequenceEqual(values));
        if (dimension is not null)
        {
            return dimension.Emit(e);
        }
        Term[] terms = [.. Dimensions(read.Concat(inputs)).Where(t => t.Values.Any(v => v != t.Values[0])).DistinctBy(t => string.Join(",", t.Values)).OrderBy(t => t.Axis == 0)];
        // Simple before contrived, whatever the dimension: half of the height before 4 less the batch.
        return (Forms.SelectMany(form => terms.Select(t => form(t, values))).FirstOrDefault(f => f is not null) ?? OfSeveral(terms, values))?.Invoke(e);
    }

    private IEnumerable<Term> Dimensions(IEnumerable<TracedTensor> tensors) => tensors.SelectMany(t => Enumerable.Range(0, t.Rank)
        .Select(d => new Term([.. t.Sizes.Select(s => s[d])], d, e => Dimension(e, t, d))));

    private string Dimension(EmitContext e, TracedTensor tensor, int axis) => _dimensions.TryGetValue((tensor, axis), out string? value)
        ? value
        : _dimensions[(tensor, axis)] = e.Sizes(tensor.Name, axis, axis + 1);

    private static Func<EmitContext, string>? Proportional(Term term, long[] values)
    {
        for (int c = 2; c <= MaxFactor; c++)
        {
            long factor = c;
            if (Is(term, values, x => x * factor))
            {
                return e => Times(e, term.Emit(e), factor);
            }
            if (Is(term, values, x => x / factor))
            {
                return e => Over(e, term.Emit(e), factor);
            }
            if (Is(term, values, x => (x + factor - 1) / factor))
            {
                return e => Over(e, Plus(e, term.Emit(e), factor - 1), factor);
            }
        }
        return null;
    }

    private static Func<EmitContext, string>? Shifted(Term term, long[] values)
    {
        long offset = values[0] - term.Values[0];
        return Is(term, values, x => x + offset) ? e => Plus(e, term.Emit(e), offset) : null;
    }

    private static Func<EmitContext, string>? Linear(Term term, long[] values) => Affine(term.Values, values) is ( > 0 and long slope, long constant)
        ? e => Plus(e, Times(e, term.Emit(e), slope), constant)
        : null;

    private static Func<EmitContext, string>? Rounded(Term term, long[] values)
    {
        for (long c = 2; c <= MaxFactor; c++)
        {
            long step = c;
            if (Is(term, values, x => (x + step - 1) / step * step))
            {
                return e => Times(e, Over(e, Plus(e, term.Emit(e), step - 1), step), step);
            }
            if (Is(term, values, x => (step - x % step) % step))
            {
                return e => e.Node("Sub", [Times(e, Over(e, Plus(e, term.Emit(e), step - 1), step), step), term.Emit(e)]);
            }
            for (long shift = -16; shift <= 16; shift++)
            {
                long by = shift;
                if (term.Values.All(x => x + by > 0) && Is(term, values, x => (x + by) / step))
                {
                    return e => Over(e, Plus(e, term.Emit(e), by), step);
                }
                if (term.Values.All(x => x + by > 0) && Is(term, values, x => (x + by) / step + 1))
                {
                    return e => Plus(e, Over(e, Plus(e, term.Emit(e), by), step), 1);
                }
            }
        }
        return null;
    }

    private static bool Is(Term term, long[] values, Func<long, long> f) => term.Values.Zip(values).All(p => f(p.First) == p.Second);

    // Products of two or three dimensions, as they are or rounded down or up to parts, and sums and differences of two.
    private static Func<EmitContext, string>? OfSeveral(Term[] terms, long[] values)
    {
        foreach ((Term a, Term b) in Pairs(terms))
        {
            if (Ratio([.. a.Values.Zip(b.Values, (x, y) => x * y)], values) is (long p, long q))
            {
                return e => Scaled(e, e.Node("Mul", [a.Emit(e), b.Emit(e)]), p, q);
            }
            for (int c = 2; c <= MaxFactor; c *= 2)
            {
                long part = c;
                if (Ratio([.. a.Values.Zip(b.Values, (x, y) => x / part * (y / part))], values) is (long down, 1))
                {
                    return e => Times(e, e.Node("Mul", [Over(e, a.Emit(e), part), Over(e, b.Emit(e), part)]), down);
                }
                if (Ratio([.. a.Values.Zip(b.Values, (x, y) => (x + part - 1) / part * ((y + part - 1) / part))], values) is (long up, 1))
                {
                    return e => Times(e, e.Node("Mul", [Over(e, Plus(e, a.Emit(e), part - 1), part), Over(e, Plus(e, b.Emit(e), part - 1), part)]), up);
                }
            }
        }
        foreach ((Term a, Term b) in Pairs(terms))
        {
            if (Affine([.. a.Values.Zip(b.Values, (x, y) => x + y)], values) is (1, long more))
            {
                return e => Plus(e, e.Node("Add", [a.Emit(e), b.Emit(e)]), more);
            }
            if (Affine([.. a.Values.Zip(b.Values, (x, y) => x - y)], values) is (1 or -1, _) and var difference)
            {
                return e => Plus(e, Times(e, e.Node("Sub", [a.Emit(e), b.Emit(e)]), difference.Slope), difference.Constant);
            }
            foreach (Term c in terms)
            {
                if (Ratio([.. Enumerable.Range(0, values.Length).Select(i => a.Values[i] * b.Values[i] * c.Values[i])], values) is (long p, long q))
                {
                    return e => Scaled(e, e.Node("Mul", [e.Node("Mul", [a.Emit(e), b.Emit(e)]), c.Emit(e)]), p, q);
                }
            }
        }
        return null;
    }

    private static IEnumerable<(Term, Term)> Pairs(Term[] terms) => terms.SelectMany((a, i) => terms.Skip(i).Select(b => (a, b)));

    // values = slope * x + constant, with whole numbers.
    private static (long Slope, long Constant)? Affine(long[] x, long[] values)
    {
        int other = Array.FindIndex(x, v => v != x[0]);
        if (other < 0 || (values[other] - values[0]) % (x[other] - x[0]) != 0)
        {
            return null;
        }
        long slope = (values[other] - values[0]) / (x[other] - x[0]), constant = values[0] - slope * x[0];
        return slope != 0 && x.Zip(values).All(p => slope * p.First + constant == p.Second) ? (slope, constant) : null;
    }

    // values = x p / q, without a remainder.
    private static (long P, long Q)? Ratio(long[] x, long[] values)
    {
        if (x[0] == 0 || values[0] <= 0)
        {
            return null;
        }
        long divisor = Divisor(values[0], x[0]), p = values[0] / divisor, q = x[0] / divisor;
        return p <= 4096 && q <= 4096 && x.Zip(values).All(v => v.First * p == v.Second * q) ? (p, q) : null;
    }

    private static long Divisor(long a, long b) => b == 0 ? a : Divisor(b, a % b);

    private static string Scaled(EmitContext e, string value, long p, long q) => Over(e, Times(e, value, p), q);

    private static string Plus(EmitContext e, string value, long constant) => constant == 0 ? value : e.Node("Add", [value, e.Integers(constant)]);

    private static string Times(EmitContext e, string value, long factor) => factor == 1 ? value : e.Node("Mul", [value, e.Integers(factor)]);

    private static string Over(EmitContext e, string value, long divisor) => divisor == 1 ? value : e.Node("Div", [value, e.Integers(divisor)]);
}
