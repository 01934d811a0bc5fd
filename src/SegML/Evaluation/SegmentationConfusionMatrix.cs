using System.Globalization;
using System.Text;
using SegML.Masks;

namespace SegML.Evaluation;

/// <summary>
/// Pixel counts by true class (row) and predicted class (column), summed over a whole data set. Pixels whose truth is
/// the ignore index are left out. A prediction is always a class, never the ignore index. Where classes overlap, a pixel counts for each
/// true class with each predicted one, so that rows and columns do not add up to pixels.
/// </summary>
/// <remarks>The long name keeps it apart from ML.NET's <c>ConfusionMatrix</c>, which belongs to classification of rows.</remarks>
public sealed class SegmentationConfusionMatrix
{
    private readonly long[] _counts;

    /// <summary>Creates an empty matrix.</summary>
    public SegmentationConfusionMatrix(ClassSet classes)
    {
        ArgumentNullException.ThrowIfNull(classes);
        Classes = classes;
        _counts = new long[classes.Count * classes.Count];
    }

    /// <summary>The classes of rows and columns.</summary>
    public ClassSet Classes { get; }

    /// <summary>Pixels of class <paramref name="truth"/> that were predicted as <paramref name="predicted"/>.</summary>
    public long this[int truth, int predicted] => _counts[truth * Classes.Count + predicted];

    /// <summary>Pixels whose truth is a class: the sum of its row.</summary>
    /// <param name="truth">The class's id.</param>
    public long Truth(int truth) => Enumerable.Range(0, Classes.Count).Sum(predicted => this[truth, predicted]);

    /// <summary>Pixels that were predicted as a class: the sum of its column.</summary>
    /// <param name="predicted">The class's id.</param>
    public long Predicted(int predicted) => Enumerable.Range(0, Classes.Count).Sum(truth => this[truth, predicted]);

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
        if (Classes.IsMultiLabel)
        {
            AddSets(truth, predicted);
            return;
        }
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

    /// <summary>Adds the counts of other processes.</summary>
    internal void SumCounts(CountSum sum) => BoundaryMatches.SumInto(_counts, sum);

    /// <summary>Adds pixels that were counted elsewhere.</summary>
    internal void Add(int truth, int predicted, long pixels) => _counts[truth * Classes.Count + predicted] += pixels;

    private void AddSets(ReadOnlySpan<byte> truth, ReadOnlySpan<byte> predicted)
    {
        // Few of the pairs of sets occur, and each often.
        var pairs = new long[256 * 256];
        for (int i = 0; i < truth.Length; i++)
        {
            pairs[truth[i] << 8 | predicted[i]]++;
        }
        for (int pair = 0; pair < pairs.Length; pair++)
        {
            int t = pair >> 8, p = pair & 255;
            if (pairs[pair] == 0 || t == Classes.IgnoreIndex)
            {
                continue;
            }
            if (t >= Classes.Values || p >= Classes.Values)
            {
                throw new ArgumentException($"{(p >= Classes.Values ? $"predicted value {p}" : $"true value {t}")} is no set of {Classes.Count} classes", nameof(predicted));
            }
            for (int c = 0; c < Classes.Count * Classes.Count; c++)
            {
                _counts[c] += (t >> c / Classes.Count & 1) * (p >> c % Classes.Count & 1) * pairs[pair];
            }
        }
    }

    /// <summary>Adds another matrix's counts.</summary>
    /// <exception cref="ArgumentException">The other has another number of classes.</exception>
    public void Add(SegmentationConfusionMatrix other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Classes.Count != Classes.Count)
        {
            throw new ArgumentException($"{other.Classes.Count.Of("class")} against {Classes.Count}", nameof(other));
        }
        for (int i = 0; i < _counts.Length; i++)
        {
            _counts[i] += other._counts[i];
        }
    }

    /// <summary>A table: a line a true class, a column a predicted one under its id, each the percentage of its line.</summary>
    public override string ToString()
    {
        const string Corner = "% of true";
        int width = Math.Max(Corner.Length, Classes.Names.Max(n => n.Length));
        var text = new StringBuilder(Corner.PadRight(width));
        for (int p = 0; p < Classes.Count; p++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{p,7}");
        }
        for (int t = 0; t < Classes.Count; t++)
        {
            text.AppendLine().Append(Classes.Names[t].PadRight(width));
            double total = Truth(t);
            for (int p = 0; p < Classes.Count; p++)
            {
                text.Append(total == 0 ? "      -" : string.Create(CultureInfo.InvariantCulture, $"{100 * this[t, p] / total,7:0.00}"));
            }
        }
        return text.ToString();
    }
}
