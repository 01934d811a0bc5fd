using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using SegML.Images;
using SegML.Scoring;

namespace SegML.Cli.Commands;

/// <summary><c>segml model benchmark</c>: what a model costs on this machine, by threads and callers.</summary>
internal static class BenchmarkCommand
{
    private const int WarmUps = 2;

    public static Command Create()
    {
        Argument<string> model = SharedOptions.Model();
        Argument<string?> image = new("image") { Description = "An image to score. Default: grey, of the model's own size, in memory.", Arity = ArgumentArity.ZeroOrOne };
        Option<int[]> threads = new("--threads")
        {
            Description = "Threads that one image is spread over, to be compared. Default: 1 and all cores.",
            HelpName = "N,N",
            CustomParser = result =>
            {
                int[] numbers = [.. result.Tokens[0].Value.Split(',').Select(t => int.TryParse(t, NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : 0)];
                if (numbers.Any(n => n < 1))
                {
                    result.AddError($"--threads is numbers above 0 with commas, not {result.Tokens[0].Value}");
                }
                return numbers;
            },
        };
        Option<double> seconds = new("--seconds") { Description = "How long each line measures.", DefaultValueFactory = _ => 3, HelpName = "S" };
        seconds.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not (>= 0.1 and <= 600))
            {
                result.AddError("--seconds is from 0.1 to 600");
            }
        });
        Option<ComputeDevice> device = SharedOptions.Device();
        var command = new Command("benchmark", "Measure a model here: time, share outside the network, throughput, memory.") { model, image, threads, seconds, device };
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(
            parsed.GetValue(model)!, parsed.GetValue(image), parsed.GetResult(threads) is null ? [] : parsed.GetValue(threads)!, parsed.GetValue(seconds), parsed.GetValue(device), cancellation)));
        return command;
    }

    private static int Run(string model, string? image, int[] threads, double seconds, ComputeDevice device, CancellationToken cancellation)
    {
        int cores = Environment.ProcessorCount;
        int[] numbers = threads.Length > 0 ? [.. threads.Distinct()] : [.. new[] { 1, cores }.Distinct()];
        Console.WriteLine($"{model}, {image ?? "a grey image"}, {cores.Of("core")}");
        Console.WriteLine("threads  callers  ms an image  outside the network  images a second  memory");
        foreach (int number in numbers)
        {
            foreach (int callers in new[] { 1, Math.Max(cores / number, 1) }.Distinct())
            {
                Console.WriteLine(Measure(model, image, new SegmenterOptions { Threads = number, Device = device }, callers, seconds, cancellation));
            }
        }
        return ExitCode.Done;
    }

    private static string Measure(string model, string? file, SegmenterOptions options, int callers, double seconds, CancellationToken cancellation)
    {
        using Segmenter segmenter = Segmenter.Load(model, options);
        using RgbaImage grey = new(segmenter.Info.Input.Width, segmenter.Info.Input.Height);
        grey.Pixels.Fill(128);
        byte[]? encoded = file is null ? null : File.ReadAllBytes(file);
        for (int i = 0; i < WarmUps; i++)
        {
            Score();
        }
        int images = 0;
        double inside = 0, all = 0;
        var sum = new Lock();
        long started = Stopwatch.GetTimestamp();
        Parallel.For(0, callers, new ParallelOptions { MaxDegreeOfParallelism = callers, CancellationToken = cancellation }, _ =>
        {
            segmenter.MeasureRuns();
            long own = Stopwatch.GetTimestamp();
            int count = 0;
            do
            {
                cancellation.ThrowIfCancellationRequested();
                Score();
                count++;
            }
            while (Stopwatch.GetElapsedTime(started).TotalSeconds < seconds);
            lock (sum)
            {
                images += count;
                inside += segmenter.MeasureRuns();
                all += Stopwatch.GetElapsedTime(own).TotalSeconds;
            }
        });
        double elapsed = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return string.Create(CultureInfo.InvariantCulture,
            $"{options.Threads,7}  {callers,7}  {1000 * all / images,11:0.0}  {1 - inside / all,19:0.0%}  {images / elapsed,15:0.0}  {Environment.WorkingSet / 1e6:0} MB");

        void Score()
        {
            using var mask = encoded is null ? segmenter.Predict(grey) : segmenter.Predict(encoded, file!);
        }
    }
}
