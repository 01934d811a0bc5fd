using SegML.Masks;
using static TorchSharp.torch;

namespace SegML.Training.Starting;

/// <summary>Which class of one list is which of another, by name.</summary>
internal sealed class ClassRows
{
    // For each class of the new list its place in the old one; null: the same place, where both lists are of one length.
    private readonly int[]? _places;

    private ClassRows(int[]? places) => _places = places;

    /// <summary>Compares names; case does not matter.</summary>
    /// <param name="from">The old list's names; null: they are not known, and lists of one length are taken to be the same.</param>
    /// <param name="to">The new list.</param>
    public static ClassRows Between(IReadOnlyList<string>? from, ClassSet to) =>
        new(from is null ? null : [.. to.Names.Select(name => Array.FindIndex([.. from], other => string.Equals(other, name, StringComparison.OrdinalIgnoreCase)))]);

    /// <summary>Copies what belongs to the classes of the same names.</summary>
    /// <param name="source">The old tensor, an element of the axis for each of its classes.</param>
    /// <param name="target">The new one; what belongs to other classes stays as it is.</param>
    /// <param name="axis">Where the classes are.</param>
    /// <returns>How many classes' elements were copied; 0 where the other axes differ.</returns>
    public int Copy(Tensor source, Tensor target, int axis)
    {
        if (source.dim() != target.dim() || Enumerable.Range(0, (int)target.dim()).Any(d => d != axis && source.shape[d] != target.shape[d]))
        {
            return 0;
        }
        if (_places is null)
        {
            if (source.shape[axis] != target.shape[axis])
            {
                return 0;
            }
            target.copy_(source);
            return (int)target.shape[axis];
        }
        int copied = 0;
        for (int c = 0; c < _places.Length; c++)
        {
            if (_places[c] >= 0 && _places[c] < source.shape[axis])
            {
                using Tensor to = target.select(axis, c), from = source.select(axis, _places[c]);
                to.copy_(from);
                copied++;
            }
        }
        return copied;
    }
}
