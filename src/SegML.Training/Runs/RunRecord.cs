using SegML.Pipelines;
using SegML.Training.Networks;

namespace SegML.Training.Runs;

/// <summary>What a run folder tells about its run.</summary>
public sealed record RunRecord
{
    private RunRecord()
    {
    }

    /// <summary>The folder.</summary>
    public required string Folder { get; init; }

    /// <summary>The pipeline with every option written out.</summary>
    public required Pipeline Pipeline { get; init; }

    /// <summary>The log, an epoch each, in order.</summary>
    public required IReadOnlyList<EpochRecord> Epochs { get; init; }

    /// <summary>The processes that worked on it, in order; none in runs of earlier versions.</summary>
    public required IReadOnlyList<RunSession> Sessions { get; init; }

    /// <summary>The figure that decides which epoch is best.</summary>
    public required MonitoredFigure Monitor { get; init; }

    /// <summary>The epoch whose weights are kept as the best: the first of equals; null before the first validation.</summary>
    public EpochRecord? Best => Epochs.Where(e => !double.IsNaN(e.MeanIoU)).MaxBy(e => Monitor.Rank(FigureOf(e)) is var rank && double.IsNaN(rank) ? double.NegativeInfinity : rank);

    /// <summary>An epoch's figure of <see cref="Monitor"/>; NaN where there was no validation. Logs of the first version know the mean IoU alone.</summary>
    /// <param name="epoch">One of <see cref="Epochs"/>.</param>
    public double FigureOf(EpochRecord epoch)
    {
        ArgumentNullException.ThrowIfNull(epoch);
        return epoch.PerClassIoU.Count == 0 && !Monitor.LessIsBetter ? epoch.MeanIoU : Monitor.Of(epoch.PerClassIoU, epoch.ValidationLoss);
    }

    /// <summary>Training and validation, summed over the epochs.</summary>
    public TimeSpan Time => TimeSpan.FromSeconds(Epochs.Sum(e => e.Seconds));

    /// <summary>The most memory that one of the run's processes held, in megabytes of 2^20 bytes; 0 where not known.</summary>
    public double PeakMemory => Epochs.Count == 0 ? 0 : Epochs.Max(e => e.PeakMemory);

    /// <summary>Reads a run's folder.</summary>
    /// <param name="folder">The folder that the trainer wrote.</param>
    /// <param name="dataRoot">Replaces the data root that the run was trained with. Null: that one.</param>
    /// <exception cref="ModelFormatException">The folder holds no run.</exception>
    /// <exception cref="PipelineFormatException">Its pipeline.json cannot be read.</exception>
    public static RunRecord Read(string folder, string? dataRoot = null)
    {
        Pipeline pipeline = RunFolder.ReadPipeline(folder, dataRoot);
        return RunFolder.HoldsRun(folder)
            ? new RunRecord
            {
                Folder = folder,
                Pipeline = pipeline,
                Monitor = MonitoredFigure.Parse(pipeline.Training.Monitor, pipeline.Classes, pipeline.Source),
                Epochs = TrainingLog.Read(RunFolder.Log(folder), pipeline.Classes),
                Sessions = RunSession.Read(RunFolder.Sessions(folder)),
            }
            : throw new ModelFormatException(folder, "holds no training run (last.dat is missing)", "pass the folder that segml train wrote");
    }

    /// <summary>The network's parameters, frozen ones too.</summary>
    /// <exception cref="PipelineFormatException">The network is not known.</exception>
    public long CountParameters()
    {
        using SegmentationNetwork network = NetworkCatalog.Create(Pipeline.Network, Pipeline.Classes.Count, Pipeline.Source, Pipeline.Input.ChannelCount);
        return network.parameters().Sum(p => p.numel());
    }

    /// <summary>The sample predictions of an epoch: the sample's number from 1 and the picture's path.</summary>
    /// <param name="epoch">From 1.</param>
    public IReadOnlyList<(int Sample, string Path)> SamplesOf(int epoch) => [.. SampleFiles.Of(Folder, epoch)];

    /// <summary>A sample's image and true mask as pictures.</summary>
    /// <param name="sample">The sample's number from 1.</param>
    public (string Image, string Truth) SampleTruth(int sample) => (SampleFiles.Path(Folder, sample, "image"), SampleFiles.Path(Folder, sample, "truth"));
}
