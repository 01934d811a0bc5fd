
namespace SegML.Masks;

/// <summary>
/// A mask's connected components: areas of one value that hang together. Found from runs - stretches of one value in a
/// row - with union-find (Rosenfeld and Pfaltz 1966; He et al. 2008 by runs): one pass over the pixels, one over the
/// runs, no recursion. Takes 12 bytes a run, in rented memory.
/// </summary>
internal sealed class ConnectedComponents : IDisposable
{
    private readonly SegmentationMask _mask;
    private readonly int[] _rows;
    private readonly int[] _labels, _next;
    private int[] _starts;

    private ConnectedComponents(SegmentationMask mask, Connectivity connectivity)
    {
        _mask = mask;
        _rows = Rented.Rent<int>(mask.Height + 1);
        _starts = Rented.Rent<int>(mask.Height * 4);
        FindRuns();
        _labels = Rented.Rent<int>(RunCount);
        _next = Rented.Rent<int>(RunCount);
        Join(connectivity == Connectivity.Eight ? 1 : 0);
        (Values, Areas, FirstRuns) = Number();
    }

    /// <summary>How many runs there are.</summary>
    public int RunCount => _rows[_mask.Height];

    /// <summary>How many components there are. They are numbered by their first pixels, row by row.</summary>
    public int Count => Values.Length;

    /// <summary>By component: its pixels' value.</summary>
    public byte[] Values { get; }

    /// <summary>By component: how many pixels it has.</summary>
    public int[] Areas { get; }

    /// <summary>By component: its first run, from which <see cref="NextRun"/> leads to the others.</summary>
    public int[] FirstRuns { get; }

    /// <summary>Finds them.</summary>
    public static ConnectedComponents Find(SegmentationMask mask, Connectivity connectivity) => new(mask, connectivity);

    /// <summary>The next run of the same component, further right or down; -1: none.</summary>
    public int NextRun(int run) => _next[run];

    /// <summary>The component that a run belongs to.</summary>
    public int ComponentOf(int run) => _labels[run];

    /// <summary>The first of a row's runs; that of the row after the last is <see cref="RunCount"/>.</summary>
    public int FirstRunOf(int row) => _rows[row];

    /// <summary>A run's first column.</summary>
    public int Start(int run) => _starts[run];

    /// <summary>The column after a run's last one.</summary>
    public int End(int run, int row) => run + 1 < _rows[row + 1] ? _starts[run + 1] : _mask.Width;

    /// <summary>The row that a run lies in, at or after <paramref name="row"/>.</summary>
    public int RowOf(int run, int row = 0)
    {
        // Components are mostly walked downwards in steps of a row.
        if (run < _rows[Math.Min(row + 2, _mask.Height)])
        {
            return run < _rows[row + 1] ? row : row + 1;
        }
        int found = Array.BinarySearch(_rows, row, _mask.Height + 1 - row, run);
        return found >= 0 ? found : ~found - 1;
    }

    /// <summary>The run that covers a pixel.</summary>
    public int RunAt(int x, int row)
    {
        int found = Array.BinarySearch(_starts, _rows[row], _rows[row + 1] - _rows[row], x);
        return found >= 0 ? found : ~found - 1;
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        foreach (int[] rented in (ReadOnlySpan<int[]>)[_rows, _starts, _labels, _next])
        {
            Rented.Return(rented);
        }
    }

    private void FindRuns()
    {
        ReadOnlySpan<byte> ids = _mask.Ids;
        int runs = 0;
        for (int y = 0; y < _mask.Height; y++)
        {
            _rows[y] = runs;
            ReadOnlySpan<byte> row = ids.Slice(y * _mask.Width, _mask.Width);
            for (int x = 0; x < row.Length;)
            {
                if (runs == _starts.Length)
                {
                    Grow();
                }
                _starts[runs++] = x;
                int length = row[x..].IndexOfAnyExcept(row[x]);
                x = length < 0 ? row.Length : x + length;
            }
        }
        _rows[_mask.Height] = runs;
    }

    private void Grow()
    {
        int[] larger = Rented.Rent<int>((int)Math.Min(2L * _starts.Length, Array.MaxLength));
        _starts.CopyTo(larger, 0);
        Rented.Return(_starts);
        _starts = larger;
    }

    // Labels are parents for now: a run's is one before it or itself, so a component's root is its first run.
    private void Join(int corner)
    {
        for (int run = 0; run < RunCount; run++)
        {
            _labels[run] = run;
        }
        for (int y = 1; y < _mask.Height; y++)
        {
            int above = _rows[y - 1], below = _rows[y];
            while (above < _rows[y] && below < _rows[y + 1])
            {
                int endAbove = End(above, y - 1), endBelow = End(below, y);
                if (_starts[above] < endBelow + corner && _starts[below] < endAbove + corner && ValueOf(above, y - 1) == ValueOf(below, y))
                {
                    int a = Root(above), b = Root(below);
                    _labels[Math.Max(a, b)] = Math.Min(a, b);
                }
                // With corners, the run that ends first may still touch the other row's next: both ends equal touch crosswise.
                if (corner == 1 && endAbove == endBelow)
                {
                    JoinCrosswise(above, below, y);
                }
                (above, below) = endAbove < endBelow ? (above + 1, below)
                    : endBelow < endAbove ? (above, below + 1) : (above + 1, below + 1);
            }
        }
    }

    private void JoinCrosswise(int above, int below, int y)
    {
        Corner(above, below + 1);
        Corner(above + 1, below);

        void Corner(int a, int b)
        {
            if (a < _rows[y] && b < _rows[y + 1] && ValueOf(a, y - 1) == ValueOf(b, y))
            {
                int first = Root(a), second = Root(b);
                _labels[Math.Max(first, second)] = Math.Min(first, second);
            }
        }
    }

    private byte ValueOf(int run, int row) => _mask.Ids[row * _mask.Width + _starts[run]];

    private int Root(int run)
    {
        while (_labels[run] != run)
        {
            // Path halving.
            run = _labels[run] = _labels[_labels[run]];
        }
        return run;
    }

    private (byte[] Values, int[] Areas, int[] FirstRuns) Number()
    {
        int count = 0;
        for (int run = 0; run < RunCount; run++)
        {
            count += _labels[run] == run ? 1 : 0;
        }
        var values = new byte[count];
        int[] areas = new int[count], first = new int[count], last = Rented.Rent<int>(count);
        int component = 0;
        for (int y = 0; y < _mask.Height; y++)
        {
            for (int run = _rows[y]; run < _rows[y + 1]; run++)
            {
                // What lies before this run is numbered already, and so is its parent, unless it is a root.
                bool isRoot = _labels[run] == run;
                int label = isRoot ? component++ : _labels[_labels[run]];
                _labels[run] = label;
                if (isRoot)
                {
                    values[label] = ValueOf(run, y);
                    first[label] = run;
                }
                else
                {
                    _next[last[label]] = run;
                }
                last[label] = run;
                _next[run] = -1;
                areas[label] += End(run, y) - _starts[run];
            }
        }
        Rented.Return(last);
        return (values, areas, first);
    }
}
