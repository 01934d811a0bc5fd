using System.Diagnostics;
using System.Globalization;
using SegML.Datasets;
using SegML.Pipelines;
using SegML.Training;
using SegML.Training.Data;
using SegML.Training.Loop;
using SegML.Training.Losses;
using SegML.Training.Networks;
using SegML.Training.Optimization;
using static TorchSharp.torch;

namespace SegML.Benchmarks;

/// <summary>How much of the light network's training steps is waiting for data, from the cache: in memory, and in its file.</summary>
internal static class StepBenchmark
{
    private const double MostWaiting = 0.02;

    public static bool Run(string folder, Arguments arguments)
    {
        Pipeline pipeline = DataBenchmark.Pipeline(arguments);
        IReadOnlyList<DatasetItem> items = DrawnData.Write(folder, 8 * pipeline.Training.BatchSize, (480, 360), ".png");
        var source = SampleSource.FromFiles(items, pipeline.Classes);
        using var memory = new SampleCache(source, pipeline.Input, long.MaxValue);
        using var file = new SampleCache(source, pipeline.Input, 0, folder);
        return Run(pipeline, memory, "in memory", arguments) & Run(pipeline, file, "in its file", arguments);
    }

    private static bool Run(Pipeline pipeline, SampleCache cache, string where, Arguments arguments)
    {
        float[] weights = ClassWeights.From(cache.CountPixels(pipeline.Classes), pipeline.Training.ClassWeights, pipeline.Classes);
        using var loader = new BatchLoader(cache, pipeline, new TrainerOptions().Workers);
        manual_seed(1);
        using SegmentationNetwork network = NetworkCatalog.Create(pipeline.Network, pipeline.Classes.Count);
        using SegmentationNetwork average = NetworkCatalog.Create(pipeline.Network, pipeline.Classes.Count);
        ConvLayer.SetPrecision(network, TorchDevice.Resolve(pipeline.Training.Precision, CPU));
        using var optimizer = Optimizer.Create(network.named_parameters(), pipeline.Training);
        using var loss = new SegmentationLoss(pipeline.Training.Losses, weights, pipeline.Training.LabelSmoothing, pipeline.Classes.IgnoreIndex, CPU);
        var step = new TrainingStep(network, pipeline.Training, optimizer, new WeightAverage(average, network, pipeline.Training.Ema), loss, loader.Batches, CPU);
        network.train();
        TimeSpan waiting = default, all = default;
        int steps = 0;
        for (int epoch = 0; epoch <= arguments.Number("epochs", 4); epoch++)
        {
            long start = Stopwatch.GetTimestamp(), waited = start;
            foreach (Batch batch in loader.Epoch(epoch, CancellationToken.None))
            {
                // The first epoch warms up.
                waiting += epoch > 0 ? Stopwatch.GetElapsedTime(waited) : default;
                using (batch)
                {
                    step.Take(batch, steps++);
                }
                waited = Stopwatch.GetTimestamp();
            }
            all += epoch > 0 ? Stopwatch.GetElapsedTime(start) : default;
        }
        double share = waiting / all;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"step of {pipeline.Network.Name}, cache {where,-24}{all.TotalMilliseconds / (steps - loader.Batches),9:0.0} ms, waits {share:0.00%} of it for data  at most {MostWaiting:0%}  {(share <= MostWaiting ? "ok" : "MISS")}"));
        return share <= MostWaiting;
    }
}
