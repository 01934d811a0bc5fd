using System.Buffers;
using SegML.Masks;

namespace SegML.Evaluation;

/// <summary>
/// Objects found, missed and made up, by class, over a data set. An object is a connected component (the eight pixels around hang together). A
/// predicted and a true one of a class match when their intersection over union is above one half, which no object does with two others
/// (Kirillov et al. 2019, panoptic quality). Where the truth is the ignore index there are no objects.
/// </summary>
internal sealed class InstanceMatches
{
    // By class id.
    private readonly long[] _matched = new long[256], _predicted = new long[256], _truth = new long[256];

    /// <summary>Counts one image.</summary>
    /// <param name="truth">The true mask.</param>
    /// <param name="predicted">The predicted one, of the same size.</param>
    public void Add(SegmentationMask truth, SegmentationMask predicted)
    {
        int classes = truth.Classes.Count;
        using SegmentationMask counted = WithoutIgnored(predicted, truth);
        using ConnectedComponents of = ConnectedComponents.Find(truth, Connectivity.Eight), other = ConnectedComponents.Find(counted, Connectivity.Eight);
        Count(of, classes, _truth);
        Count(other, classes, _predicted);
        int[] labels = ArrayPool<int>.Shared.Rent(truth.Ids.Length);
        Label(of, truth.Width, truth.Height, labels);
        var overlaps = new Dictionary<int, int>();
        for (int c = 0; c < other.Count; c++)
        {
            byte id = other.Values[c];
            if (id >= classes)
            {
                continue;
            }
            overlaps.Clear();
            for (int run = other.FirstRuns[c], row = 0; run >= 0; run = other.NextRun(run))
            {
                row = other.RowOf(run, row);
                foreach (int label in labels.AsSpan(row * truth.Width, truth.Width)[other.Start(run)..other.End(run, row)])
                {
                    overlaps[label] = overlaps.GetValueOrDefault(label) + 1;
                }
            }
            foreach ((int label, int shared) in overlaps)
            {
                // Above one half, written without a division.
                if (of.Values[label] == id && 2L * shared > (long)of.Areas[label] + other.Areas[c] - shared)
                {
                    _matched[id]++;
                }
            }
        }
        ArrayPool<int>.Shared.Return(labels);
    }

    /// <summary>Adds another's counts.</summary>
    public void Add(InstanceMatches other)
    {
        for (int id = 0; id < 256; id++)
        {
            _matched[id] += other._matched[id];
            _predicted[id] += other._predicted[id];
            _truth[id] += other._truth[id];
        }
    }

    /// <summary>The share of predicted objects that match; NaN: none are predicted.</summary>
    public double Precision(int id) => _predicted[id] == 0 ? double.NaN : (double)_matched[id] / _predicted[id];

    /// <summary>The share of true objects that are matched; NaN: there are none.</summary>
    public double Recall(int id) => _truth[id] == 0 ? double.NaN : (double)_matched[id] / _truth[id];

    private static SegmentationMask WithoutIgnored(SegmentationMask predicted, SegmentationMask truth)
    {
        SegmentationMask counted = SegmentationMask.Rent(truth.Width, truth.Height, truth.Classes);
        ReadOnlySpan<byte> ids = truth.Ids, from = predicted.Ids;
        Span<byte> to = counted.Ids;
        int classes = truth.Classes.Count;
        for (int i = 0; i < to.Length; i++)
        {
            to[i] = ids[i] < classes ? from[i] : ids[i];
        }
        return counted;
    }

    private static void Count(ConnectedComponents components, int classes, long[] objects)
    {
        foreach (byte id in components.Values)
        {
            objects[id] += id < classes ? 1 : 0;
        }
    }

    private static void Label(ConnectedComponents components, int width, int height, Span<int> labels)
    {
        for (int y = 0; y < height; y++)
        {
            int end = y + 1 < height ? components.FirstRunOf(y + 1) : components.RunCount;
            for (int run = components.FirstRunOf(y); run < end; run++)
            {
                labels.Slice(y * width, width)[components.Start(run)..components.End(run, y)].Fill(components.ComponentOf(run));
            }
        }
    }
}
