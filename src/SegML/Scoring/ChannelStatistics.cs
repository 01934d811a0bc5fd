using System.Buffers;
using SegML.Images;
using SegML.Pipelines;

namespace SegML.Scoring;

/// <summary>
/// Mean and standard deviation of one image's channels, where the input is normalised by the image's own. They are those of the whole image at the
/// size that the network sees (in tiles: of the whole image at its own size), so that a crop or a tile is normalised as the whole is.
/// </summary>
internal sealed class ChannelStatistics
{
    // What varies less is taken to be constant: dividing by it would enlarge rounding errors to noise.
    private const double LeastDeviation = 1e-6;

    private readonly float[] _mean, _std;

    private ChannelStatistics(float[] mean, float[] std) => (_mean, _std) = (mean, std);

    /// <summary>The mean of a channel, in its unit.</summary>
    public float Mean(int channel) => _mean[channel];

    /// <summary>The standard deviation of a channel, in its unit; above 0.</summary>
    public float Std(int channel) => _std[channel];

    /// <summary>An image's figures; null where the input is normalised by fixed ones.</summary>
    /// <param name="image">The whole image, in the input's channels (<see cref="InputChannels"/>).</param>
    /// <param name="input">Colour space and normalisation.</param>
    public static ChannelStatistics? Of(RasterImage image, InputOptions input)
    {
        if (!input.IsNormalizedByImage)
        {
            return null;
        }
        var sums = new Sums(input);
        sums.Add(image);
        return sums.Total();
    }

    /// <summary>The figures of an image that is read row by row, from its first row on.</summary>
    /// <inheritdoc cref="Of(RasterImage, InputOptions)"/>
    public static ChannelStatistics? Of(Func<ImageRows> open, InputOptions input)
    {
        if (!input.IsNormalizedByImage)
        {
            return null;
        }
        var sums = new Sums(input);
        using ImageRows rows = open();
        for (int y = 0; y < rows.Height; y += Sums.Rows)
        {
            using RasterImage strip = rows.Create(rows.Width, Math.Min(Sums.Rows, rows.Height - y));
            rows.Read(strip.Bytes);
            sums.Add(strip);
        }
        return sums.Total();
    }

    private sealed class Sums(InputOptions input)
    {
        public const int Rows = 16;

        private readonly double[] _sums = new double[input.ChannelCount], _squares = new double[input.ChannelCount];
        private long _pixels;

        public void Add(RasterImage image)
        {
            float[] planes = ArrayPool<float>.Shared.Rent(_sums.Length * InputPlanes.Block);
            int pixels = image.Width * image.Height;
            for (int i = 0; i < pixels; i += InputPlanes.Block)
            {
                int count = Math.Min(InputPlanes.Block, pixels - i);
                InputPlanes.Convert(image, i, count, input, planes, InputPlanes.Block);
                for (int c = 0; c < _sums.Length; c++)
                {
                    foreach (float value in planes.AsSpan(c * InputPlanes.Block, count))
                    {
                        _sums[c] += value;
                        _squares[c] += (double)value * value;
                    }
                }
            }
            ArrayPool<float>.Shared.Return(planes);
            _pixels += pixels;
        }

        public ChannelStatistics Total()
        {
            if (input.Normalization == InputNormalization.ZScoreImage)
            {
                double sum = _sums.Sum(), squares = _squares.Sum();
                Array.Fill(_sums, sum / _sums.Length);
                Array.Fill(_squares, squares / _squares.Length);
            }
            double[] mean = [.. _sums.Select(s => s / _pixels)];
            double[] std = [.. _squares.Select((s, c) => Math.Sqrt(Math.Max(0, s / _pixels - mean[c] * mean[c])))];
            return new ChannelStatistics([.. mean.Select(m => (float)m)], [.. std.Select(s => (float)Math.Max(s, LeastDeviation))]);
        }
    }
}
