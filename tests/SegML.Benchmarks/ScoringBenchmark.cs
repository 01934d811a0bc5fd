using SegML.Pipelines;
using SegML.Scoring;

namespace SegML.Benchmarks;

/// <summary>
/// File to mask: SegML against the ceiling and against stock ML.NET. The contenders take turns at every file, in rotating
/// order, so that whatever else the machine does hits all of them. Each measures its own time inside InferenceSession.Run;
/// stock ML.NET, which cannot, is taken to need the hand-written loop's on the same file in the same turn. One thread a
/// network gives the steadier figures: several sessions' idle threads spin for work and slow whoever's turn it is.
/// </summary>
internal static class ScoringBenchmark
{
    private const double ChainOfHandWritten = 1.05, SegmenterOfHandWritten = 1.03, MostOfStock = 0.62, MostKilobytes = 64;

    public static int Run(Arguments arguments)
    {
        (int Width, int Height)[] sizes = arguments.Size("image-size") is { } size ? [size] : [(480, 360), (1920, 1208)];
        int[] threads = arguments.Text("threads") is null ? [1, Environment.ProcessorCount] : [arguments.Number("threads", 1)];
        string folder = Directory.CreateTempSubdirectory("segml-scoring-").FullName;
        try
        {
            string modelPath = BenchmarkModel.Find(arguments.Text("model"), folder);
            bool held = true;
            foreach ((int Width, int Height) imageSize in sizes)
            {
                IReadOnlyList<string> files = DrawnData.WriteImages(folder, arguments.Number("images", 16), imageSize);
                foreach (int count in threads.Distinct())
                {
                    held &= Run(modelPath, files, imageSize, arguments.Number("rounds", 10), count);
                }
            }
            return held ? 0 : 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static bool Run(string modelPath, IReadOnlyList<string> files, (int Width, int Height) imageSize, int rounds, int threads)
    {
        InputOptions input = InputOf(modelPath);
        (int width, int height) = input.SizeFor(imageSize.Width, imageSize.Height);
        using var hand = new HandWrittenLoop(files, File.ReadAllBytes(modelPath), input, width, height, threads);
        using var segmenter = new SegmenterLoop(files, modelPath, threads);
        using var chain = new MLNetLoop(files, modelPath, threads);
        using var stock = new StockChain(files, imageSize, modelPath, input, hand.LogitsShape, threads);
        Contender[] contenders = [hand, segmenter, chain, stock];

        Console.WriteLine($"{Path.GetFileName(modelPath)}: {files.Count} JPEGs of {imageSize.Width}x{imageSize.Height} "
            + $"({files.Average(f => new FileInfo(f).Length) / 1024:0} KB), network at {width}x{height}, "
            + $"{hand.LogitsShape[1]} classes, {rounds} rounds, {threads} thread{(threads == 1 ? "" : "s")} a network");
        PrintAgreement(contenders, files.Count);
        bool held = Report(contenders, Allocations(contenders, files.Count), Measure(contenders, files.Count, rounds));
        Console.WriteLine();
        return held;
    }

    private static InputOptions InputOf(string modelPath)
    {
        using Segmenter segmenter = Segmenter.Load(modelPath);
        return segmenter.Info.Input;
    }

    /// <summary>By contender and sample: the call's time, and what of it was outside Run.</summary>
    private static (double[][] Total, double[][] Outside) Measure(Contender[] contenders, int files, int rounds)
    {
        int samples = files * rounds;
        double[][] total = [.. contenders.Select(_ => new double[samples])], inside = [.. contenders.Select(_ => new double[samples])];
        RunProbe.Clock = ThreadClock.Milliseconds;
        for (int sample = 0; sample < samples; sample++)
        {
            for (int turn = 0; turn < contenders.Length; turn++)
            {
                int c = (sample + turn + sample / files) % contenders.Length;
                RunProbe.Spent = 0;
                double start = ThreadClock.Milliseconds();
                contenders[c].Score(sample % files);
                total[c][sample] = ThreadClock.Milliseconds() - start;
                inside[c][sample] = RunProbe.Spent;
            }
        }
        inside[^1] = inside[0];
        return (total, [.. total.Zip(inside, (t, i) => t.Zip(i, (a, b) => a - b).ToArray())]);
    }

    /// <summary>Managed kilobytes an image, on all threads.</summary>
    private static double[] Allocations(Contender[] contenders, int files) => [.. contenders.Select(contender =>
    {
        long before = GC.GetTotalAllocatedBytes(precise: true);
        for (int i = 0; i < files; i++)
        {
            contender.Score(i);
        }
        return (GC.GetTotalAllocatedBytes(precise: true) - before) / 1024.0 / files;
    })];

    // Also the warm-up: two passes, so that tiered compilation has seen every loop before anything is timed.
    private static void PrintAgreement(Contender[] contenders, int files)
    {
        var equal = new double[contenders.Length];
        for (int i = 0; i < 2 * files; i++)
        {
            ReadOnlySpan<byte> reference = contenders[0].Score(i % files);
            for (int c = 1; c < contenders.Length; c++)
            {
                ReadOnlySpan<byte> ids = contenders[c].Score(i % files);
                equal[c] += Equal(ids, reference) / (2.0 * files);
            }
        }
        for (int c = 1; c < contenders.Length; c++)
        {
            Console.WriteLine($"{contenders[c].Name}: {equal[c]:0.00%} of the pixels as in the {contenders[0].Name}");
        }
    }

    private static bool Report(Contender[] contenders, double[] kilobytes, (double[][] Total, double[][] Outside) times)
    {
        Console.WriteLine($"medians an image, in {ThreadClock.Unit}:");
        Console.WriteLine($"{"",-24}{"total",10}{"outside Run",14}{"KB allocated",14}");
        for (int c = 0; c < contenders.Length; c++)
        {
            Console.WriteLine($"{contenders[c].Name,-24}{Statistics.Median(times.Total[c]),10:0.00}{Statistics.Median(times.Outside[c]),14:0.00}{kilobytes[c],14:0.0}");
        }
        bool held = true;
        int stock = contenders.Length - 1;
        for (int c = 1; c < stock; c++)
        {
            double most = contenders[c] is SegmenterLoop ? SegmenterOfHandWritten : ChainOfHandWritten;
            held &= Holds($"{contenders[c].Name}, outside Run, of the {contenders[0].Name}", Statistics.MedianRatio(times.Outside[c], times.Outside[0]), most);
            held &= Holds($"{contenders[c].Name}, outside Run, of the {contenders[stock].Name}", Statistics.MedianRatio(times.Outside[c], times.Outside[stock]), MostOfStock);
            held &= Holds($"{contenders[c].Name}, KB allocated an image", kilobytes[c], MostKilobytes);
        }
        return held;
    }

    private static bool Holds(string what, double value, double most)
    {
        bool holds = value <= most;
        Console.WriteLine($"{(holds ? "ok  " : "MISS")} {what}: {value:0.00} (at most {most})");
        return holds;
    }

    private static double Equal(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        int equal = 0;
        for (int i = 0; i < a.Length; i++)
        {
            equal += a[i] == b[i] ? 1 : 0;
        }
        return (double)equal / a.Length;
    }
}
