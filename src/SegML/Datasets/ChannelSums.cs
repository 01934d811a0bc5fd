using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using SegML.Colors;
using SegML.Images;

namespace SegML.Datasets;

/// <summary>Sums over an image's channels, from which a data set's means and standard deviations come.</summary>
internal sealed class ChannelSums
{
    private readonly double[] _sums, _squares;
    private long _pixels;

    private ChannelSums(int channels)
    {
        _sums = new double[channels];
        _squares = new double[channels];
    }

    /// <summary>An image's sums.</summary>
    public static ChannelSums Of(RgbaImage image, ColorSpace space)
    {
        var sums = new ChannelSums(ColorChannel.Of(space).Count) { _pixels = (long)image.Width * image.Height };
        float[] rented = ArrayPool<float>.Shared.Rent(image.Width * sums._sums.Length);
        try
        {
            // Floats hold a row's sum; a frame's is for double.
            for (int y = 0; y < image.Height; y++)
            {
                ColorConverter.ToPlanes(MemoryMarshal.Cast<byte, uint>(image.Row(y)), space, rented, image.Width);
                for (int c = 0; c < sums._sums.Length; c++)
                {
                    ReadOnlySpan<float> row = rented.AsSpan(c * image.Width, image.Width);
                    sums._sums[c] += TensorPrimitives.Sum(row);
                    sums._squares[c] += TensorPrimitives.SumOfSquares(row);
                }
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(rented);
        }
        return sums;
    }

    /// <summary>Mean and standard deviation of each channel over all of some images; empty where there are none.</summary>
    public static (double[] Mean, double[] Std) Total(IReadOnlyCollection<ChannelSums> images)
    {
        if (images.Count == 0)
        {
            return ([], []);
        }
        double pixels = images.Sum(i => i._pixels);
        int channels = images.First()._sums.Length;
        double[] mean = [.. Enumerable.Range(0, channels).Select(c => images.Sum(i => i._sums[c]) / pixels)];
        double[] std = [.. Enumerable.Range(0, channels).Select(c =>
            Math.Sqrt(Math.Max(0, images.Sum(i => i._squares[c]) / pixels - mean[c] * mean[c])))];
        return (mean, std);
    }
}
