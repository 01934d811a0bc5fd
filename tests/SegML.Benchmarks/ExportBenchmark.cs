using System.Diagnostics;
using System.Globalization;
using SegML.Onnx;
using SegML.Training.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Benchmarks;

/// <summary>
/// What an export costs beyond running the module: a U-Net of 8 million parameters, with its proof at three sizes and every optimisation
/// level. Time is what goes beyond two forward passes. Memory is the largest resident size beyond that of a forward pass over a batch
/// of two, the most that the export runs the module on, in units of the weights' size: one for the weights with their normalisations
/// folded in, which are freed before ONNX Runtime opens the file, and then ONNX Runtime's own copies. What is allocated in managed memory,
/// freed or not, is shown beside it.
/// </summary>
internal static class ExportBenchmark
{
    public static int Run(Arguments arguments)
    {
        int rounds = arguments.Number("rounds", 5);
        (int width, int height) = arguments.Size("size") ?? (128, 96);
        DirectoryInfo folder = Directory.CreateTempSubdirectory("segml-export-");
        try
        {
            random.manual_seed(1);
            Measure(new UNetOptions { Width = 4 }, 64, 48, 1, folder.FullName, print: false); // Loads the libraries, compiles the code.
            Measure(new UNetOptions { Width = 34 }, width, height, rounds, folder.FullName, print: true);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
        return 0;
    }

    private static void Measure(UNetOptions options, int width, int height, int rounds, string folder, bool print)
    {
        using var network = new UNet(12, options);
        network.eval();
        using Tensor example = randn(1, 3, height, width), two = randn(2, 3, height, width);
        double weights = network.parameters().Sum(p => p.numel()) * sizeof(float) / 1e6;
        double forward = Enumerable.Range(0, rounds + 1).Select(_ => Seconds(() => Forward(network, example))).Min();
        for (int i = 0; i < rounds; i++)
        {
            GC.Collect();
            ResidentMemory.ResetPeak();
            Forward(network, two);
            double before = ResidentMemory.Peak();
            ResidentMemory.ResetPeak();
            long allocated = GC.GetTotalAllocatedBytes(precise: true);
            OnnxExportReport? report = null;
            TimeSpan used = Process.GetCurrentProcess().TotalProcessorTime;
            double seconds = Seconds(() => report = OnnxExporter.Export(network, example, Path.Combine(folder, "net.onnx")));
            double processor = (Process.GetCurrentProcess().TotalProcessorTime - used).TotalSeconds;
            double peak = ResidentMemory.Peak() - before, managed = (GC.GetTotalAllocatedBytes(precise: true) - allocated) / 1e6;
            if (print)
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{report!.Parameters / 1e6:0.0} M parameters, {width}x{height}: {seconds:0.00} s, {seconds - 2 * forward:0.00} beyond two forward passes of {forward:0.00}, {processor:0.00} s of processor time; {peak:0} MB beyond a forward pass, {peak / weights:0.0} times the weights' {weights:0} MB; {managed:0} MB allocated in managed memory"));
            }
        }
    }

    private static void Forward(UNet network, Tensor example)
    {
        using IDisposable noGradient = no_grad();
        using var scope = NewDisposeScope();
        network.call(example);
    }

    private static double Seconds(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
