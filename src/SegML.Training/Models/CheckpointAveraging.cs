using System.Text.Json;
using System.Text.Json.Nodes;
using SegML.Datasets;
using SegML.Evaluation;
using SegML.Files;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Training.Data;
using SegML.Training.Networks;
using SegML.Training.Runs;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Training.Models;

/// <summary>
/// Averages the weights of a run's last epochs, which often generalises better than any of them (Izmailov et al. 2018, stochastic
/// weight averaging, https://arxiv.org/abs/1803.05407).
/// </summary>
public static class CheckpointAveraging
{
    /// <summary>
    /// Averages the last epochs that the run has kept (training.keepCheckpoints), in double precision, and estimates the batch norm
    /// statistics over the training split's crops. The same run gives the same weights, bit for bit on the CPU.
    /// </summary>
    /// <param name="runFolder">The run.</param>
    /// <param name="last">How many epochs, at least 1.</param>
    /// <param name="outFolder">Receives a run's pipeline.json, best.dat and best.json, to evaluate and export. New or empty.</param>
    /// <param name="dataRoot">Replaces the data root that the run was trained with. Null: that one.</param>
    /// <param name="device">Where the network is computed.</param>
    /// <param name="cancellation">Stops between batches and images; nothing is written then.</param>
    /// <returns>What was averaged, and figures on the split "val" beside the best checkpoint's own.</returns>
    /// <exception cref="ModelFormatException">The folder holds no run, or it has kept fewer epochs.</exception>
    /// <exception cref="OutputException">The output folder is not empty or cannot be written.</exception>
    /// <exception cref="SegMLException">The data cannot be read.</exception>
    public static CheckpointAverage Average(string runFolder, int last, string outFolder, string? dataRoot = null,
        ComputeDevice device = ComputeDevice.Auto, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(runFolder);
        ArgumentOutOfRangeException.ThrowIfLessThan(last, 1);
        ArgumentException.ThrowIfNullOrEmpty(outFolder);
        if (Directory.Exists(outFolder) && Directory.EnumerateFileSystemEntries(outFolder).Any())
        {
            throw new OutputException(outFolder, "is not empty", "choose a new folder for the averaged run");
        }
        Device on = TorchDevice.Choose(device);
        Pipeline pipeline = RunFolder.ReadPipeline(runFolder, dataRoot);
        int[] epochs = Epochs(runFolder, last);

        using SegmentationNetwork network = RunFolder.ReadBest(runFolder, pipeline);
        network.to(on);
        SegmentationMetrics? plain = Evaluate(network, pipeline, on, cancellation);
        CopyMean([.. epochs.Select(e => RunFolder.KeptTensors(runFolder, e))], network);
        EstimateStatistics(network, pipeline, epochs[^1], on, cancellation);
        SegmentationMetrics? averaged = Evaluate(network, pipeline, on, cancellation);

        AtomicFile.WriteFolder(outFolder, folder => Write(folder, network, Card(runFolder, pipeline, epochs, averaged), pipeline));
        // Only training computes a loss: where it decides, the mean IoU is shown.
        MonitoredFigure monitor = MonitoredFigure.Parse(pipeline.Training.Monitor, pipeline.Classes, pipeline.Source);
        monitor = monitor.LessIsBetter ? MonitoredFigure.Parse("meanIoU", pipeline.Classes, pipeline.Source) : monitor;
        return new CheckpointAverage
        {
            RunFolder = outFolder,
            Epochs = epochs,
            Plain = plain,
            Averaged = averaged,
            Monitor = monitor.Name,
            PlainFigure = plain is null ? double.NaN : monitor.Of(plain.PerClassIoU, double.NaN),
            AveragedFigure = averaged is null ? double.NaN : monitor.Of(averaged.PerClassIoU, double.NaN),
        };
    }

    /// <summary>Copies the mean of checkpoints into a network, computed in double precision; counts are the last one's.</summary>
    internal static void CopyMean(IReadOnlyList<string> paths, SegmentationNetwork network)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradients = no_grad();
        Dictionary<string, Tensor> state = network.state_dict();
        Dictionary<string, Tensor> sums = state.Where(p => p.Value.is_floating_point()).ToDictionary(p => p.Key, p => zeros_like(p.Value, ScalarType.Float64));
        foreach (string path in paths)
        {
            TensorFile.Use(path, tensors =>
            {
                TensorFile.CopyInto(tensors, "", state, path);
                foreach ((string name, Tensor sum) in sums)
                {
                    sum.add_(state[name]);
                }
            });
        }
        foreach ((string name, Tensor sum) in sums)
        {
            state[name].copy_(sum.div_(paths.Count));
        }
    }

    private static int[] Epochs(string runFolder, int last)
    {
        int[] kept = RunFolder.KeptEpochs(runFolder);
        return kept.Length >= last
            ? kept[^last..]
            : throw new ModelFormatException(runFolder, $"has kept the weights of {kept.Length.Of("epoch")}, not {last}",
                $"train with --set training.keepCheckpoints={last}, or average fewer");
    }

    private static void EstimateStatistics(SegmentationNetwork network, Pipeline pipeline, int epoch, Device device, CancellationToken cancellation)
    {
        var samples = SampleSource.FromFiles(Dataset.ListTraining(pipeline), pipeline.Classes);
        using var cache = new SampleCache(samples, pipeline.Input, SampleCache.UsualBytes);
        using var loader = new BatchLoader(cache, pipeline, new TrainerOptions().Workers);
        // The crops that would have been the next epoch's.
        BatchNormStatistics.Estimate(network, pipeline.Training.FreezeEncoder ? network.Encoder : null, loader.Epoch(epoch, cancellation), device);
    }

    private static SegmentationMetrics? Evaluate(SegmentationNetwork network, Pipeline pipeline, Device device, CancellationToken cancellation) =>
        pipeline.HasValidation()
            ? ModelEvaluation.Evaluate(network, SampleSource.FromFiles(Dataset.List(pipeline, "val"), pipeline.Classes),
                pipeline.Input, pipeline.Classes, device, cancellation)
            : null;

    private static JsonObject Card(string runFolder, Pipeline pipeline, int[] epochs, SegmentationMetrics? metrics)
    {
        JsonObject card = RunFolder.ReadBestCard(runFolder);
        card["epoch"] = epochs[^1];
        card["averagedEpochs"] = JsonSerializer.SerializeToNode(epochs);
        card["validation"] = metrics is null ? null : Checkpoint.Validation(metrics, pipeline);
        return card;
    }

    private static void Write(string folder, SegmentationNetwork network, JsonObject card, Pipeline pipeline)
    {
        TensorFile.Write(RunFolder.BestTensors(folder), network.state_dict());
        AtomicFile.WriteText(RunFolder.BestCard(folder), Checkpoint.Text(card));
        AtomicFile.WriteText(RunFolder.PipelineFile(folder), Checksums.Sign(PipelineFile.ToJson(pipeline)));
    }
}

/// <summary>What <see cref="CheckpointAveraging"/> gives.</summary>
public sealed record CheckpointAverage
{
    /// <summary>The folder of the averaged run.</summary>
    public required string RunFolder { get; init; }

    /// <summary>The epochs that were averaged, from 1.</summary>
    public required IReadOnlyList<int> Epochs { get; init; }

    /// <summary>The figure that decides which epoch is best: "mean IoU", "foreground mean IoU" ... Where that is the loss, "mean IoU".</summary>
    public required string Monitor { get; init; }

    /// <summary>It, of the run's best checkpoint, 0-1; NaN where there is no split "val".</summary>
    public required double PlainFigure { get; init; }

    /// <summary>It, of the averaged weights, 0-1; NaN where there is no split "val".</summary>
    public required double AveragedFigure { get; init; }

    /// <summary>The run's best checkpoint on the split "val"; null where there is none.</summary>
    public SegmentationMetrics? Plain { get; init; }

    /// <summary>The averaged weights on the split "val"; null where there is none.</summary>
    public SegmentationMetrics? Averaged { get; init; }
}
