using System.Buffers;
using System.Numerics.Tensors;
using SegML.Colors;
using SegML.Images;
using SegML.Pipelines;
using SegML.Scoring;

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

    /// <summary>The sums of an image's channels in a colour space.</summary>
    public static ChannelSums Of(RgbaImage image, ColorSpace space) => Of(image, new InputOptions { ColorSpace = space });

    /// <summary>The sums of an image's channels.</summary>
    /// <param name="image">The image, in the input's channels (<see cref="InputChannels"/>).</param>
    /// <param name="input">Bands or colour space.</param>
    public static ChannelSums Of(RasterImage image, InputOptions input)
    {
        int pixels = image.Width * image.Height;
        var sums = new ChannelSums(input.ChannelCount) { _pixels = pixels };
        float[] rented = ArrayPool<float>.Shared.Rent(InputPlanes.Block * sums._sums.Length);
        try
        {
            // Floats hold a block's sum; an image's is for double.
            for (int i = 0; i < pixels; i += InputPlanes.Block)
            {
                int count = Math.Min(InputPlanes.Block, pixels - i);
                InputPlanes.Convert(image, i, count, input, rented, InputPlanes.Block);
                for (int c = 0; c < sums._sums.Length; c++)
                {
                    ReadOnlySpan<float> block = rented.AsSpan(c * InputPlanes.Block, count);
                    sums._sums[c] += TensorPrimitives.Sum(block);
                    sums._squares[c] += TensorPrimitives.SumOfSquares(block);
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
