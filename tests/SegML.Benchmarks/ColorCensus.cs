using SegML.Colors;
using SegML.Images;
using SegML.Tests.Colors;

namespace SegML.Benchmarks;

/// <summary>All 16.7 million RGB values in one colour space.</summary>
internal static class ColorCensus
{
    /// <summary>Converts each there and back.</summary>
    /// <returns>The largest error against double precision (see <see cref="ColorReference.Difference"/>), and how many do not come back.</returns>
    public static (double Error, int Changed) Take(ColorSpace space)
    {
        double error = 0;
        int changed = 0;
        var merge = new Lock();
        Parallel.For(0, 256, red =>
        {
            (double worst, int wrong) = Slice(space, red);
            lock (merge)
            {
                error = worst <= error ? error : worst;
                changed += wrong;
            }
        });
        return (error, changed);
    }

    private static (double Error, int Changed) Slice(ColorSpace space, int red)
    {
        int channels = ColorChannel.Of(space).Count, pixels = 256 * 256;
        using var image = new RgbaImage(256, 256);
        using var back = new RgbaImage(256, 256);
        float[] planes = new float[channels * pixels];
        for (int i = 0; i < pixels; i++)
        {
            Span<byte> pixel = image.Pixels.Slice(4 * i, 4);
            (pixel[0], pixel[1], pixel[2], pixel[3]) = ((byte)red, (byte)(i >> 8), (byte)i, 255);
        }
        ColorConverter.ToPlanes(image, space, planes);
        ColorConverter.ToImage(planes, space, back);
        double error = 0;
        int changed = 0;
        Span<double> expected = stackalloc double[channels];
        Span<float> got = stackalloc float[channels];
        for (int i = 0; i < pixels; i++)
        {
            ColorReference.Convert(space, red, i >> 8, i & 0xFF, expected);
            for (int c = 0; c < channels; c++)
            {
                got[c] = planes[c * pixels + i];
            }
            double difference = ColorReference.Difference(space, got, expected);
            error = difference <= error ? error : difference;
            changed += image.Pixels.Slice(4 * i, 4).SequenceEqual(back.Pixels.Slice(4 * i, 4)) ? 0 : 1;
        }
        return (error, changed);
    }
}
