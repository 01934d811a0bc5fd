using SegML.Masks;

namespace SegML.Evaluation;

/// <summary>
/// Pixel counts by true class (row) and predicted class (column), summed over a whole data set. Pixels whose truth is
/// the ignore index are left out. A prediction is always a class, never the ignore index.
/// </summary>
public sealed class ConfusionMatrix
{
    private readonly long[] _counts;

    /// <summary>Creates an empty matrix.</summary>
    public ConfusionMatrix(ClassSet classes)
    {
        ArgumentNullException.ThrowIfNull(classes);
        Classes = classes;
        _counts = new long[classes.Count * classes.Count];
    }

    /// <summary>The classes of rows and columns.</summary>
    public ClassSet Classes { get; }

    /// <summary>Pixels of class <paramref name="truth"/> that were predicted as <paramref name="predicted"/>.</summary>
    public long this[int truth, int predicted] => _counts[truth * Classes.Count + predicted];

    /// <summary>Counts one image.</summary>
    /// <param name="truth">True ids; classes or the ignore index.</param>
    /// <param name="predicted">Predicted ids, as many; classes only.</param>
    /// <exception cref="ArgumentException">The spans differ in length, or a prediction is not a class id.</exception>
    public void Add(ReadOnlySpan<byte> truth, ReadOnlySpan<byte> predicted)
    {
        if (truth.Length != predicted.Length)
        {
            throw new ArgumentException($"{truth.Length} true ids against {predicted.Length} predicted", nameof(predicted));
        }
        int classes = Classes.Count;
        for (int i = 0; i < truth.Length; i++)
        {
            int t = truth[i];
            if (t >= classes)
            {
                continue;
            }
            int p = predicted[i];
            if (p >= classes)
            {
                throw new ArgumentException($"predicted id {p} at {i} is not a class", nameof(predicted));
            }
            _counts[t * classes + p]++;
        }
    }

    /// <summary>Adds another matrix's counts.</summary>
    public void Add(ConfusionMatrix other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Classes.Count != Classes.Count)
        {
            throw new ArgumentException($"{other.Classes.Count} classes against {Classes.Count}", nameof(other));
        }
        for (int i = 0; i < _counts.Length; i++)
        {
            _counts[i] += other._counts[i];
        }
    }
}
