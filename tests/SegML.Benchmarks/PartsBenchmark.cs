using SegML.Images;
using SegML.Pipelines;
using SegML.Scoring;

namespace SegML.Benchmarks;

/// <summary>What the steps around the network cost, each on its own.</summary>
internal static class PartsBenchmark
{
    private const int Classes = 11;

    public static int Run(Arguments arguments)
    {
        int rounds = arguments.Number("rounds", 30);
        var input = new InputOptions();
        using var image = new RgbaImage(480, 360);
        new Random(1).NextBytes(image.Pixels);
        float[] tensor = new float[3 * 480 * 360];
        float[] regions = Regions(480, 360), noise = new float[Classes * 480 * 360];
        var random = new Random(1);
        for (int i = 0; i < noise.Length; i++)
        {
            noise[i] = random.NextSingle();
        }
        byte[] same = new byte[480 * 360], large = new byte[4000 * 3000];
        Print(rounds, "fill the input, NCHW, 480x360", () => InputTensor.Fill(image, input, tensor));
        Print(rounds, "fill the input, NHWC, 480x360", () => InputTensor.Fill(image, input, tensor, TensorLayout.Nhwc));
        Print(rounds, "argmax, 480x360", () => Logits.ArgMax(regions, Classes, 360, 480, same, 360, 480));
        Print(rounds, "argmax, 480x360 -> 4000x3000", () => Logits.ArgMax(regions, Classes, 360, 480, large, 3000, 4000));
        Print(rounds, "argmax, 480x360 -> 4000x3000, noise", () => Logits.ArgMax(noise, Classes, 360, 480, large, 3000, 4000));
        return 0;
    }

    private static void Print(int rounds, string what, Action action)
    {
        for (int i = 0; i < 3; i++)
        {
            action();
        }
        double median = Statistics.Median(Enumerable.Range(0, rounds).Select(_ =>
        {
            double start = ThreadClock.Milliseconds();
            action();
            return ThreadClock.Milliseconds() - start;
        }));
        Console.WriteLine($"{what,-40}{median,9:0.00} ms");
    }

    /// <summary>Logits with large regions of one class, as a trained network's have.</summary>
    private static float[] Regions(int width, int height)
    {
        float[] logits = new float[Classes * width * height];
        for (int c = 0; c < Classes; c++)
        {
            for (int i = 0; i < width * height; i++)
            {
                logits[c * width * height + i] = MathF.Sin((c + 3) * (i % width) / 90f + c) + MathF.Cos((c + 2) * (i / width) / 80f);
            }
        }
        return logits;
    }
}
