using SegML.Colors;
using SegML.Images;
using SegML.ImageSharp;
using SegML.Tests.Colors;

namespace SegML.Benchmarks;

/// <summary>
/// Conversion of colours: speed against a copy that moves the same bytes, and error against double precision over all RGB values.
/// </summary>
internal static class ColorBenchmark
{
    private const int Width = 1920, Height = 1208, Pixels = Width * Height;

    public static int Run(Arguments arguments)
    {
        int rounds = arguments.Number("rounds", 9);
        bool exact = true;
        using var image = new RgbaImage(Width, Height);
        using var back = new RgbaImage(Width, Height);
        new Random(1).NextBytes(image.Pixels);
        float[] planes = new float[4 * Pixels];
        Console.WriteLine($"{Width}x{Height}, one thread, {ThreadClock.Unit}; copy: the same bytes in and out, nothing computed");
        Console.WriteLine($"{"space",-10}{"Mpixel/s",9}{"copy",7}{"ratio",7}{"back",7}{"ImageSharp",12}   {"largest error",13}  RGB values that do not come back");
        foreach (ColorSpace space in Enum.GetValues<ColorSpace>())
        {
            int channels = ColorChannel.Of(space).Count;
            Memory<float> used = planes.AsMemory(0, channels * Pixels);
            // In turns, so that whatever else the machine does meets all three.
            // The copy comes last: what it leaves in the planes is no colours to convert back.
            bool both = ImageSharpColor.Spaces.Contains(space);
            double[] times = Times(rounds,
                () => ColorConverter.ToPlanes(image, space, used.Span),
                () => ColorConverter.ToImage(used.Span, space, back),
                () => Copy(image, channels, used.Span),
                () => ImageSharpOf(both ? image : null, space, used.Span));
            (double convert, double inverse, double copy, double imageSharp) = (times[0], times[1], times[2], times[3]);
            (double error, int changed) = ColorCensus.Take(space);
            bool holds = error <= ColorReference.Tolerance(space) && (changed == 0 || channels == 1);
            exact &= holds;
            string speed = FormattableString.Invariant($"{Rate(convert),9:0}{Rate(copy),7:0}{copy / convert,7:0.00}{Rate(inverse),7:0}{(both ? Rate(imageSharp).ToString("0.0", System.Globalization.CultureInfo.InvariantCulture) : "-"),12}");
            Console.WriteLine(FormattableString.Invariant($"{space,-10}{speed}   {error,13:0.0e+00}  {changed}{(holds ? "" : "  too much")}"));
        }
        return exact ? 0 : 1;
    }

    private static double Rate(double milliseconds) => Pixels / milliseconds / 1e3;

    private static void ImageSharpOf(RgbaImage? image, ColorSpace space, Span<float> planes)
    {
        if (image is not null)
        {
            ImageSharpColor.ToPlanes(image, space, planes);
        }
    }

    private static double[] Times(int rounds, params Action[] actions)
    {
        var times = Array.ConvertAll(actions, _ => new List<double>());
        for (int round = -2; round < rounds; round++)
        {
            for (int a = 0; a < actions.Length; a++)
            {
                double start = ThreadClock.Milliseconds();
                actions[a]();
                double spent = ThreadClock.Milliseconds() - start;
                if (round >= 0)
                {
                    times[a].Add(spent);
                }
            }
        }
        return Array.ConvertAll(times, t => Statistics.Median(t));
    }

    // By blocks, so that a pixel is fetched once for all its channels.
    private static void Copy(RgbaImage image, int channels, Span<float> planes)
    {
        ReadOnlySpan<float> pixels = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(image.Pixels);
        for (int i = 0; i < Pixels; i += 1024)
        {
            ReadOnlySpan<float> block = pixels.Slice(i, Math.Min(1024, Pixels - i));
            for (int c = 0; c < channels; c++)
            {
                block.CopyTo(planes[(c * Pixels + i)..]);
            }
        }
    }
}
