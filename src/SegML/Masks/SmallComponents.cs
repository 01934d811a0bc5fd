
namespace SegML.Masks;

/// <summary>
/// Gives small islands their surroundings' class. Takes time in proportion to the pixels, whatever the islands' number.
/// </summary>
internal sealed class SmallComponents
{
    private readonly SegmentationMask _mask;
    private readonly ConnectedComponents _components;
    private readonly byte[] _values;
    private readonly bool[] _pending;
    private readonly int[] _votes = new int[256];

    private SmallComponents(SegmentationMask mask, ConnectedComponents components, int minArea)
    {
        _mask = mask;
        _components = components;
        _values = components.Values;
        _pending = new bool[components.Count];
        for (int c = 0; c < components.Count; c++)
        {
            _pending[c] = components.Areas[c] < minArea && _values[c] < mask.Classes.Count;
        }
    }

    /// <summary>
    /// Changes every component of a class that is smaller than <paramref name="minArea"/> into the class that is most
    /// frequent along its border, the lowest id of equals. Components that are large enough go first: an island among
    /// islands waits until a neighbour has its final class. Ignored pixels neither change nor count, so what only they
    /// surround stays, as does a mask without any component that is large enough.
    /// </summary>
    /// <param name="mask">The mask; changed.</param>
    /// <param name="minArea">The least area that stays, in pixels.</param>
    /// <param name="connectivity">What hangs together.</param>
    public static void Absorb(SegmentationMask mask, int minArea, Connectivity connectivity)
    {
        if (minArea <= 1)
        {
            return;
        }
        using ConnectedComponents components = ConnectedComponents.Find(mask, connectivity);
        var small = new SmallComponents(mask, components, minArea);
        List<int> ready = small.NextToFinal();
        while (ready.Count > 0)
        {
            ready = small.Absorb(ready);
        }
    }

    // The islands that border on a component that stays.
    private List<int> NextToFinal()
    {
        var ready = new List<int>();
        for (int c = 0; c < _pending.Length; c++)
        {
            if (_pending[c])
            {
                bool found = false;
                Visit(c, (neighbour, _) => found |= IsFinal(neighbour));
                if (found)
                {
                    ready.Add(c);
                }
            }
        }
        return ready;
    }

    // Classes are chosen by all before any changes, so that their order is of no influence. Returns those that can go next.
    private List<int> Absorb(List<int> ready)
    {
        var chosen = new byte[ready.Count];
        for (int i = 0; i < chosen.Length; i++)
        {
            Array.Clear(_votes);
            Visit(ready[i], (neighbour, length) => _votes[_values[neighbour]] += IsFinal(neighbour) ? length : 0);
            chosen[i] = (byte)Array.IndexOf(_votes, _votes.Max());
        }
        for (int i = 0; i < chosen.Length; i++)
        {
            _values[ready[i]] = chosen[i];
            _pending[ready[i]] = false;
            Paint(ready[i], chosen[i]);
        }
        var next = new HashSet<int>();
        foreach (int c in ready)
        {
            Visit(c, (neighbour, _) =>
            {
                if (_pending[neighbour])
                {
                    next.Add(neighbour);
                }
            });
        }
        return [.. next];
    }

    private bool IsFinal(int component) => !_pending[component] && _values[component] < _mask.Classes.Count;

    private void Paint(int component, byte value)
    {
        for (int run = _components.FirstRuns[component], row = 0; run >= 0; run = _components.NextRun(run))
        {
            row = _components.RowOf(run, row);
            int start = _components.Start(run);
            _mask.Ids.Slice(row * _mask.Width + start, _components.End(run, row) - start).Fill(value);
        }
    }

    /// <summary>Visits what lies along a component's border: the component there, and over how many pixels' sides.</summary>
    private void Visit(int component, Action<int, int> visit)
    {
        for (int run = _components.FirstRuns[component], row = 0; run >= 0; run = _components.NextRun(run))
        {
            row = _components.RowOf(run, row);
            int start = _components.Start(run), end = _components.End(run, row);
            if (start > 0)
            {
                visit(_components.ComponentOf(run - 1), 1);
            }
            if (end < _mask.Width)
            {
                visit(_components.ComponentOf(run + 1), 1);
            }
            if (row > 0)
            {
                VisitRow(row - 1);
            }
            if (row < _mask.Height - 1)
            {
                VisitRow(row + 1);
            }

            void VisitRow(int beside)
            {
                for (int x = start, other = _components.RunAt(start, beside); x < end; other++)
                {
                    int upTo = Math.Min(_components.End(other, beside), end), there = _components.ComponentOf(other);
                    if (there != component)
                    {
                        visit(there, upTo - x);
                    }
                    x = upTo;
                }
            }
        }
    }
}
