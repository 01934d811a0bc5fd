using SegML.Masks;

namespace SegML.Evaluation;

/// <summary>
/// Boundary pixels by class and how many of them the other mask has near, summed over a whole data set: what boundary F1 is
/// made of (Csurka, Larlus and Perronnin, "What is a good evaluation measure for semantic segmentation?", BMVC 2013; they
/// take the mean over images, and a tolerance by image size).
/// <para>
/// A pixel lies on its class's boundary when one of the four pixels beside it is of another class. The image's edge is no
/// boundary. Where the truth is the ignore index there are no pixels at all, in both masks. A boundary pixel is matched when
/// the other mask has a boundary pixel of the same class at a Euclidean distance of at most <see cref="Tolerance"/> pixels.
/// </para>
/// </summary>
internal sealed class BoundaryMatches
{
    /// <summary>The greatest distance at which two boundary pixels match, in pixels.</summary>
    public const int Tolerance = 2;

    // By class id; 256 so that an id needs no check.
    private readonly long[] _predicted = new long[256], _predictedMatched = new long[256];
    private readonly long[] _truth = new long[256], _truthMatched = new long[256];

    /// <summary>Counts one image.</summary>
    /// <param name="truth">The true mask.</param>
    /// <param name="predicted">The predicted one, of the same size.</param>
    public void Add(SegmentationMask truth, SegmentationMask predicted)
    {
        using BoundaryMap of = BoundaryMap.Of(truth, truth), other = BoundaryMap.Of(predicted, truth);
        of.CountMatches(other, _truth, _truthMatched);
        other.CountMatches(of, _predicted, _predictedMatched);
    }

    /// <summary>Adds another's counts.</summary>
    public void Add(BoundaryMatches other)
    {
        for (int c = 0; c < 256; c++)
        {
            _predicted[c] += other._predicted[c];
            _predictedMatched[c] += other._predictedMatched[c];
            _truth[c] += other._truth[c];
            _truthMatched[c] += other._truthMatched[c];
        }
    }

    /// <summary>Adds the counts of other processes.</summary>
    public void SumCounts(CountSum sum)
    {
        foreach (long[] counts in (long[][])[_predicted, _predictedMatched, _truth, _truthMatched])
        {
            SumInto(counts, sum);
        }
    }

    /// <summary>Replaces counts by their sums.</summary>
    internal static void SumInto(long[] counts, CountSum sum)
    {
        double[] exact = [.. counts.Select(n => (double)n)];
        sum(exact);
        for (int i = 0; i < counts.Length; i++)
        {
            counts[i] = (long)exact[i];
        }
    }

    /// <summary>The harmonic mean of a class's boundary precision and recall, 0-1; NaN for a class that has no boundary in either mask.</summary>
    public double F1(int id)
    {
        if (_predicted[id] + _truth[id] == 0)
        {
            return double.NaN;
        }
        if (_predictedMatched[id] == 0)
        {
            return 0;
        }
        double precision = (double)_predictedMatched[id] / _predicted[id], recall = (double)_truthMatched[id] / _truth[id];
        return 2 * precision * recall / (precision + recall);
    }
}
