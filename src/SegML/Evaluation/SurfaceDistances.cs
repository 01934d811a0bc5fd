using System.Buffers;
using SegML.Masks;

namespace SegML.Evaluation;

/// <summary>
/// How far the outlines of predicted regions lie from the true ones: Hausdorff distance and surface Dice by image and class, summed over a data set.
/// <para>
/// A class's region in an image is all of its pixels. Its surface is those pixels of which one of the four beside is not of the region; beyond the
/// image's edge nothing is. Where the truth is the ignore index, neither mask has a region. Distances are exact (Meijster, Roerdink and
/// Hesselink 2000) and between pixel centres.
/// </para>
/// </summary>
internal sealed class SurfaceDistances
{
    /// <summary>The greatest distance at which surfaces agree, in pixels.</summary>
    public const int Tolerance = 2;

    private const double Percentile = 0.95;

    // By class id.
    private readonly double[] _hausdorff = new double[256], _dice = new double[256];
    private readonly long[] _images = new long[256];

    /// <summary>Measures one image.</summary>
    /// <param name="truth">The true mask.</param>
    /// <param name="predicted">The predicted one, of the same size.</param>
    public void Add(SegmentationMask truth, SegmentationMask predicted)
    {
        RegionBox[] boxes = RegionBox.Of(truth, predicted);
        for (int id = 0; id < boxes.Length; id++)
        {
            RegionBox box = boxes[id];
            if (box.Truth + box.Predicted == 0)
            {
                continue;
            }
            _images[id]++;
            if (box.Truth == 0 || box.Predicted == 0)
            {
                // Missed or made up: as bad as can be.
                _hausdorff[id] += Math.Sqrt((double)truth.Width * truth.Width + (double)truth.Height * truth.Height);
                continue;
            }
            (double hausdorff, double dice) = Measure(truth, predicted, (byte)id, box);
            _hausdorff[id] += hausdorff;
            _dice[id] += dice;
        }
    }

    /// <summary>Adds another's sums.</summary>
    public void Add(SurfaceDistances other)
    {
        for (int id = 0; id < 256; id++)
        {
            _hausdorff[id] += other._hausdorff[id];
            _dice[id] += other._dice[id];
            _images[id] += other._images[id];
        }
    }

    /// <summary>A class's mean Hausdorff distance; NaN: it is in no image.</summary>
    public double Hausdorff(int id) => _images[id] == 0 ? double.NaN : _hausdorff[id] / _images[id];

    /// <summary>A class's mean surface Dice; NaN: it is in no image.</summary>
    public double Dice(int id) => _images[id] == 0 ? double.NaN : _dice[id] / _images[id];

    private static (double Hausdorff, double Dice) Measure(SegmentationMask truth, SegmentationMask predicted, byte id, RegionBox box)
    {
        int pixels = box.Width * box.Height;
        byte[] trueSurface = ArrayPool<byte>.Shared.Rent(pixels), predictedSurface = ArrayPool<byte>.Shared.Rent(pixels);
        double[] distances = ArrayPool<double>.Shared.Rent(pixels);
        try
        {
            box.MarkSurface(truth.Ids, truth.Ids, id, trueSurface);
            box.MarkSurface(predicted.Ids, truth.Ids, id, predictedSurface);
            (int ofTruth, int nearOfTruth, double farOfTruth) = Read(trueSurface, predictedSurface);
            (int ofPredicted, int nearOfPredicted, double farOfPredicted) = Read(predictedSurface, trueSurface);
            return (Math.Max(farOfTruth, farOfPredicted), (double)(nearOfTruth + nearOfPredicted) / (ofTruth + ofPredicted));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(trueSurface);
            ArrayPool<byte>.Shared.Return(predictedSurface);
            ArrayPool<double>.Shared.Return(distances);
        }

        (int Count, int Near, double Far) Read(byte[] from, byte[] to)
        {
            int count = DistanceTransform.Distances(from, to, box.Width, box.Height, distances);
            Span<double> all = distances.AsSpan(0, count);
            all.Sort();
            int near = 0;
            while (near < count && all[near] <= Tolerance)
            {
                near++;
            }
            return (count, near, At(all, Percentile));
        }
    }

    // Between two values linearly, as numpy.percentile does.
    private static double At(ReadOnlySpan<double> sorted, double share)
    {
        double place = share * (sorted.Length - 1);
        int below = (int)place, above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
    }
}
