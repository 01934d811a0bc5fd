using SegML.Pipelines;
using SegML.Training.Data;
using SegML.Training.Losses;
using SegML.Training.Models;
using SegML.Training.Networks;
using SegML.Training.Optimization;
using SegML.Training.Ranks;
using SegML.Training.Runs;
using SegML.Training.Starting;
using static TorchSharp.torch;

namespace SegML.Training.Loop;

/// <summary>Builds what a run works with, in the order in which one part needs another.</summary>
internal static class RunBuilder
{
    /// <summary>Finds all that a run would be refused for before it trains, by the steps that build it. What they build is disposed.</summary>
    /// <param name="pipeline">What would be trained.</param>
    /// <param name="hasValidation">Whether there would be samples to validate on.</param>
    /// <param name="train">What the training samples hold; null: not known.</param>
    /// <param name="validation">What the validation samples hold; null: not known.</param>
    public static IReadOnlyList<SegMLException> Check(Pipeline pipeline, bool hasValidation, SampleCounts? train, SampleCounts? validation)
    {
        var faults = new List<SegMLException>();
        using var parts = new OwnedParts();
        RunNetworks? networks = null;
        Try(() =>
        {
            MonitoredFigure monitor = Guard(pipeline, hasValidation);
            if (validation is not null)
            {
                DataNotes.OfValidation(pipeline, monitor, [.. validation.Pixels.Select(count => count > 0)]);
            }
        });
        Try(() => networks = RunNetworks.Create(pipeline, isNew: true, CPU, parts));
        if (train is not null)
        {
            Try(() => RunSamples.GuardPixels(pipeline, train.Pixels));
            if (networks is not null)
            {
                Try(() => RunSamples.GuardBatchNorm(pipeline, networks.Learning, train.Samples));
            }
        }
        return faults;

        void Try(Action step)
        {
            try
            {
                step();
            }
            catch (SegMLException e)
            {
                faults.Add(e);
            }
        }
    }

    /// <summary>Builds a run. Where that fails, everything that was built until then is disposed.</summary>
    /// <param name="pipeline">What to train.</param>
    /// <param name="train">The training samples.</param>
    /// <param name="validation">The validation samples; null: there are none.</param>
    /// <param name="folder">The run.</param>
    /// <param name="options">How to carry it out.</param>
    /// <param name="added">Called with each part that the run owns once it is built; null: nothing is called.</param>
    /// <param name="cancellation">Stops the reading of samples.</param>
    /// <returns>A run that is ready to be executed, once.</returns>
    public static TrainingRun Build(Pipeline pipeline, SampleSource train, SampleSource? validation, string folder, TrainerOptions options,
        Action<IDisposable>? added, CancellationToken cancellation)
    {
        var parts = new OwnedParts(added);
        try
        {
            return Build(pipeline, train, validation, folder, options, parts, cancellation);
        }
        catch
        {
            parts.Dispose();
            throw;
        }
    }

    private static TrainingRun Build(Pipeline pipeline, SampleSource train, SampleSource? validation, string folder, TrainerOptions options,
        OwnedParts parts, CancellationToken cancellation)
    {
        TrainingOptions training = pipeline.Training;
        IAllReduce ranks = options.Ranks;
        MonitoredFigure monitor = Guard(pipeline, validation is not null);
        GuardRanks(pipeline, ranks, train.Count);
        Device device = TorchDevice.Choose(options.Device, options.GpuDeviceId);
        Pipeline? earlier = EarlierRun.Find(pipeline, folder, options.Resume);
        var networks = RunNetworks.Create(pipeline, isNew: earlier is null, device, parts);
        LossScaler? scaler = networks.Precision == Precision.Float16 ? parts.Add(new LossScaler()) : null;
        Optimizer optimizer = parts.Add(Optimizer.Create(networks.Parameters, training));
        var averaging = new WeightAverage(networks.Average, networks.Learning, training.Ema);
        var checkpoint = new Checkpoint(networks.Learning, networks.Average, optimizer, networks.Precision)
        {
            Others = Others(networks, scaler),
            Encoder = networks.Encoder?.ToJson() ?? (earlier is null ? null : RunFolder.ReadEncoder(folder)),
        };
        string? extended = earlier is null ? null : GoOn(checkpoint, earlier, pipeline, folder);

        if (ranks.Rank == 0)
        {
            RunFolder.DeleteUnfinished(folder);
        }
        var samples = RunSamples.Read(pipeline, train, validation, monitor, folder, options, parts, cancellation);
        RunSamples.GuardBatchNorm(pipeline, networks.Learning, train.Count);
        SegmentationLoss loss = parts.Add(
            new SegmentationLoss(training.Losses, samples.ClassWeights, training.LabelSmoothing, pipeline.Classes.IgnoreIndex, device, pipeline.Classes.IsMultiLabel));
        if (earlier is null)
        {
            Start(networks, samples, pipeline, device, cancellation);
            averaging.Restart();
        }
        var step = new TrainingStep(networks.Learning, training, optimizer, averaging, loss, samples.Loader.Batches, device)
        {
            Heads = networks.Heads,
            Teachers = networks.Teachers,
            Mixing = BatchMixing.Of(pipeline),
            Scaler = scaler,
            Ranks = ranks,
            Gradients = ranks.Count == 1 ? null : new GradientSum(ranks, networks.Parameters.Select(p => p.Parameter))
        };
        var epochs = new EpochTraining(pipeline, networks.Learning, samples.Loader, step, checkpoint, folder)
        {
            Ranks = ranks,
            Norms = ranks.Count > 1 && options.SynchronizeBatchNorm
                ? SynchronizedNorm.Attach(networks.Learning, training.FreezeEncoder ? networks.Learning.Encoder : null, ranks) : null,
        };
        return new TrainingRun(parts)
        {
            Pipeline = pipeline,
            Folder = folder,
            Networks = networks,
            Epochs = epochs,
            Validation = validation is null ? null : new RunValidation(pipeline, validation, networks.Average, loss, monitor, device, ranks),
            Monitor = monitor,
            Adjustment = new LogitAdjustment(networks.Average, samples.ClassWeights, training.LogitAdjustment),
            Checkpoint = checkpoint,
            Stopping = new EarlyStopping(training, checkpoint),
            Ranks = ranks,
            Recorder = ranks.Rank == 0 ? new RunRecorder(folder, pipeline, checkpoint.Epoch, validation, options, device) : null,
            Pace = new RunPace(pipeline, epochs, checkpoint, monitor),
            StopAfter = Math.Min(options.StopAfter ?? int.MaxValue, training.Epochs),
            Notes = [.. networks.Start?.Notes ?? [], .. networks.Encoder is { } encoder ? [encoder.Note] : (string[])[], .. samples.Notes, .. extended is null ? (string[])[] : [extended]],
            // A cache in a folder of its own is for later runs too.
            Complete = options.CacheFolder is null ? samples.Cache.DeleteFile : () => { },
        };
    }

    /// <summary>Checks what needs neither networks nor samples.</summary>
    /// <returns>The figure that decides which epoch is best.</returns>
    private static MonitoredFigure Guard(Pipeline pipeline, bool hasValidation)
    {
        pipeline.Validate();
        if (pipeline.Training.EarlyStopping is not null && !hasValidation)
        {
            throw new PipelineFormatException(pipeline.Source, "has training.earlyStopping, but nothing to validate on",
                "add a split \"val\" (or a validation set), or leave early stopping out");
        }
        if (pipeline.Input.HasForeignRules)
        {
            // Masks and crops follow none of these: image and mask would not lie over each other.
            throw new PipelineFormatException(pipeline.Source, "has an input.fit, input.filter or input.multiple that only models of other tools have",
                "train with the fit \"stretch\" or \"keepAspect\", and leave input.filter and input.multiple out");
        }
        return MonitoredFigure.Parse(pipeline.Training.Monitor, pipeline.Classes, pipeline.Source);
    }

    /// <summary>Every process needs a share of each batch.</summary>
    /// <exception cref="PipelineFormatException">There are more processes than samples of a batch, or the pipeline asks for what several cannot do.</exception>
    private static void GuardRanks(Pipeline pipeline, IAllReduce ranks, int samples)
    {
        if (ranks.Count == 1)
        {
            return;
        }
        int batch = BatchLoader.BatchSizeOf(pipeline.Training, samples);
        if (batch < ranks.Count)
        {
            throw new PipelineFormatException(pipeline.Source, $"has batches of {batch.Of("sample")}, of which {ranks.Count} processes cannot have one each", "raise training.batchSize, or start fewer processes");
        }
        if (pipeline.Training.Teacher is not null)
        {
            throw new PipelineFormatException(pipeline.Source, "has a training.teacher, which several processes cannot learn from", "train in one process, or leave the teacher out");
        }
    }

    /// <summary>The tensors beside networks and optimizer that training changes, by names of their own.</summary>
    private static IReadOnlyList<KeyValuePair<string, Tensor>> Others(RunNetworks networks, LossScaler? scaler) =>
    [
        .. networks.HeadParameters.Select(p => new KeyValuePair<string, Tensor>(p.Name, p.Parameter)),
        .. (scaler?.State ?? new Dictionary<string, Tensor>()).Select(p => new KeyValuePair<string, Tensor>("scaler." + p.Key, p.Value)),
    ];

    /// <summary>Reads the checkpoint to go on from.</summary>
    /// <returns>What the reader of the first report should know, a sentence; null: nothing.</returns>
    private static string? GoOn(Checkpoint checkpoint, Pipeline earlier, Pipeline pipeline, string folder)
    {
        checkpoint.ReadLast(folder);
        if (earlier.Training.Epochs == pipeline.Training.Epochs)
        {
            return null;
        }
        checkpoint.Extend(earlier.Training.Epochs);
        return $"the run is given {pipeline.Training.Epochs.Of("epoch")} in place of {earlier.Training.Epochs}: the learning rate is now that of epoch "
            + $"{checkpoint.Epoch + 1} of {pipeline.Training.Epochs}, so it rises and then falls over the rest";
    }

    /// <summary>Brings the network to where its training starts, which needs samples.</summary>
    private static void Start(RunNetworks networks, RunSamples samples, Pipeline pipeline, Device device, CancellationToken cancellation)
    {
        if (networks.Start is { Folded.Count: > 0 } start)
        {
            // On whole batches, of which the run's loader may make a share: all processes start alike.
            using var loader = new BatchLoader(samples.Cache, pipeline, new TrainerOptions().Workers);
            FoldedNorms.Settle(networks.Learning, start.Folded, loader.Epoch(0, cancellation), device);
        }
        if (networks.Start is null or { HeadIsNew: true })
        {
            ClassPrior.Apply(networks.Learning, samples.StartingScores);
        }
    }
}
