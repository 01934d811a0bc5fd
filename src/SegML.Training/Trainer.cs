using System.Runtime.InteropServices;
using SegML.Datasets;
using SegML.Files;
using SegML.Pipelines;
using SegML.Training.Data;
using SegML.Training.Loop;
using SegML.Training.Ranks;
using SegML.Training.Runs;

namespace SegML.Training;

/// <summary>Trains a pipeline's network.</summary>
public static class Trainer
{
    /// <summary>
    /// Trains on the pipeline's split "train", or those that training.splits names, and validates on "val", if there is one; with training.earlyStopping the validations
    /// may end the run early. All samples are read first, the training samples into the cache, so that files that cannot be used
    /// are met before anything is trained. On the CPU, the same pipeline on the same kind of processor gives the same weights, bit for
    /// bit, also when the run was stopped and resumed in between.
    /// </summary>
    /// <param name="pipeline">What to train.</param>
    /// <param name="runFolder">Receives checkpoints, log and curves.</param>
    /// <param name="options">How to carry it out.</param>
    /// <param name="progress">Called after each iteration and each validation.</param>
    /// <param name="cancellation">
    /// Stops at the next iteration with <see cref="OperationCanceledException"/>; the last full epoch's checkpoint is there.
    /// </param>
    /// <exception cref="DatasetException">
    /// A split is missing, a file cannot be used, or every pixel of the training samples is ignored; nothing was trained.
    /// </exception>
    /// <exception cref="PipelineFormatException">An option is out of its range, or the network or its options are not known.</exception>
    /// <exception cref="DeviceException">CUDA was asked for and is not there.</exception>
    /// <exception cref="OutputException">A file cannot be written, or the folder holds a run and resuming was not asked for.</exception>
    /// <exception cref="ModelFormatException">The checkpoint to resume from is damaged or another pipeline's.</exception>
    /// <exception cref="SegMLException">The loss is no longer a number.</exception>
    public static TrainingResult Train(
        Pipeline pipeline,
        string runFolder,
        TrainerOptions? options = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        bool isOwn = RunFolder.HoldsRun(runFolder);
        using IDisposable protection = SourceFiles.Protect(PipelineSources.All(pipeline).Where(f => !isOwn || f != pipeline.Source), isOwn ? [] : RunFolder.Written(runFolder));
        IReadOnlyList<DatasetItem> train = Dataset.ListTraining(pipeline);
        IReadOnlyList<DatasetItem> validation = pipeline.HasValidation() ? Dataset.List(pipeline, "val") : [];
        return Train(
            pipeline,
            SampleSource.FromFiles(train, pipeline),
            validation.Count == 0 ? null : SampleSource.FromFiles(validation, pipeline),
            runFolder, options, progress, cancellation);
    }

    /// <summary>
    /// Finds all that <see cref="Train(Pipeline, string, TrainerOptions, IProgress{TrainingProgress}, CancellationToken)"/> would refuse before it trains, but
    /// for what is wrong with single files and for the run's folder and device: options, the network, weights to start from.
    /// </summary>
    /// <param name="pipeline">What would be trained.</param>
    /// <param name="train">What the training samples hold; null: not known, and not checked.</param>
    /// <param name="validation">What the validation samples hold; null: not known, and not checked.</param>
    /// <returns>The faults; empty where it would train.</returns>
    public static IReadOnlyList<SegMLException> Check(Pipeline pipeline, SampleCounts? train = null, SampleCounts? validation = null)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        return RunBuilder.Check(pipeline, pipeline.HasValidation(), train, validation);
    }

    /// <summary>Trains on samples from anywhere.</summary>
    /// <param name="pipeline">What to train; its data part is not used.</param>
    /// <param name="train">The training samples.</param>
    /// <param name="validation">The validation samples; null: the last epoch's weights count as the best.</param>
    /// <param name="runFolder">Receives checkpoints, log and curves.</param>
    /// <param name="options">How to carry it out.</param>
    /// <param name="progress">Called after each iteration and each validation.</param>
    /// <param name="cancellation">Stops at the next iteration, with <see cref="OperationCanceledException"/>.</param>
    /// <inheritdoc cref="Train(Pipeline, string, TrainerOptions, IProgress{TrainingProgress}, CancellationToken)"/>
    public static TrainingResult Train(
        Pipeline pipeline,
        SampleSource train,
        SampleSource? validation,
        string runFolder,
        TrainerOptions? options = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentException.ThrowIfNullOrEmpty(runFolder);
        if (pipeline.Classes.Count == 1)
        {
            throw new PipelineFormatException(pipeline.Source, "has one class, which every pixel would be", "add a class for the rest, such as background");
        }
        options ??= new TrainerOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Workers, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Workers, 64);
        ArgumentOutOfRangeException.ThrowIfNegative(options.SamplesEvery);
        ArgumentOutOfRangeException.ThrowIfNegative(options.CacheBytes);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.StopAfter ?? 1, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(options.GpuDeviceId);
        ArgumentNullException.ThrowIfNull(options.Ranks);
        using RunLock? held = options.Ranks.Together(() => options.Ranks.Rank == 0 ? RunLock.Take(runFolder) : null);
        try
        {
            using TrainingRun run = options.Ranks.Together(() => RunBuilder.Build(pipeline, train, validation, runFolder, options, added: null, cancellation));
            return run.Execute(progress, cancellation);
        }
        catch (ExternalException e) when (e.Message.Contains("alloc", StringComparison.OrdinalIgnoreCase) || e.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase))
        {
            throw new DeviceException(pipeline.Source, "takes more memory for a step of training than there is", "lower training.batchSize, the crops or the input's size", e);
        }
    }
}
