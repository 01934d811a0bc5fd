using System.Diagnostics;
using System.Globalization;
using SegML.Evaluation;
using SegML.Files;
using SegML.Pipelines;
using SegML.Training.Data;
using SegML.Training.Losses;
using SegML.Training.Models;
using SegML.Training.Networks;
using SegML.Training.Optimization;
using SegML.Training.Runs;
using SegML.Training.Starting;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Training.Loop;

/// <summary>One run: what it works with, and the loop.</summary>
internal sealed class TrainingRun : IDisposable
{
    private readonly Pipeline _pipeline;
    private readonly TrainingOptions _training;
    private readonly SampleSource? _validation;
    private readonly string _folder;
    private readonly Device _device;
    private readonly SegmentationNetwork _network, _average;
    private readonly AuxiliaryHeads? _heads;
    private readonly LossScaler? _scaler;
    private readonly Optimizer _optimizer;
    private readonly SampleCache _cache;
    private readonly bool _keepsCache;
    private readonly BatchLoader _loader;
    private readonly TrainingStep _step;
    private readonly int _stopAfter;
    private readonly SegmentationLoss _loss;
    private readonly LogitAdjustment _adjustment;
    private readonly Checkpoint _checkpoint;
    private readonly EarlyStopping _stopping;
    private readonly RunRecorder _recorder;
    private readonly StartingPoint? _start;
    private readonly MonitoredFigure _monitor;
    private readonly Stopwatch _clock = new();
    private IReadOnlyList<string> _notes = [];
    private int _imagesHere;

    public TrainingRun(Pipeline pipeline, SampleSource train, SampleSource? validation, string folder, TrainerOptions options, CancellationToken cancellation)
    {
        _pipeline = pipeline;
        _training = pipeline.Training;
        _validation = validation;
        _folder = folder;
        _device = TorchDevice.Choose(options.Device, options.GpuDeviceId);
        if (_training.EarlyStopping is not null && validation is null)
        {
            throw new PipelineFormatException(pipeline.Source, "has training.earlyStopping, but nothing to validate on",
                "add a split \"val\" (or a validation set), or leave early stopping out");
        }
        _monitor = MonitoredFigure.Parse(_training.Monitor, pipeline.Classes, pipeline.Source);
        Pipeline? earlier = EarlierRun.Find(pipeline, folder, options.Resume);

        manual_seed(_training.Seed);
        _network = NetworkCatalog.Create(pipeline.Network, pipeline.Classes.Count, pipeline.Source, pipeline.Input.ChannelCount);
        _average = NetworkCatalog.Create(pipeline.Network, pipeline.Classes.Count, pipeline.Source, pipeline.Input.ChannelCount);
        _start = earlier is null && _training.StartFrom is { } from ? StartingPoint.Apply(_network, pipeline, from) : null;
        if (earlier is null && _training.EncoderWeights is { } weightsPath)
        {
            EncoderWeights.Load(_network, weightsPath, pipeline.Source);
        }
        GuardEncoder();
        _network.to(_device);
        _average.to(_device);
        Precision precision = TorchDevice.Resolve(_training.Precision, _device);
        ConvLayer.SetPrecision(_network, precision);
        _heads = Heads(precision);
        _scaler = precision == Precision.Float16 ? new LossScaler() : null;
        _optimizer = Optimizer.Create([.. _network.named_parameters(), .. HeadParameters()], _training);
        var averaging = new WeightAverage(_average, _network, _training.Ema);
        _checkpoint = new Checkpoint(_network, _average, _optimizer, precision)
        {
            Others =
            [
                .. HeadParameters().Select(p => new KeyValuePair<string, Tensor>(p.Name, p.Parameter)),
                .. (_scaler?.State ?? new Dictionary<string, Tensor>()).Select(p => new KeyValuePair<string, Tensor>("scaler." + p.Key, p.Value)),
            ],
        };
        _stopping = new EarlyStopping(_training, _checkpoint);
        if (earlier is not null)
        {
            _checkpoint.ReadLast(folder);
            if (earlier.Training.Epochs != _training.Epochs)
            {
                _checkpoint.Extend(earlier.Training.Epochs);
                _notes = [$"the run is given {_training.Epochs} epochs in place of {earlier.Training.Epochs}: the learning rate is now that of epoch "
                    + $"{_checkpoint.Epoch + 1} of {_training.Epochs}, so it rises and then falls over the rest"];
            }
        }

        RunFolder.DeleteUnfinished(folder);
        long cacheBytes = options.CacheBytes > 0 ? options.CacheBytes : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;
        _keepsCache = options.CacheFolder is not null;
        _cache = new SampleCache(train, pipeline.Input, cacheBytes, options.CacheFolder ?? folder);
        long[] pixels = ReadAll(train, cancellation);
        _notes = [.. _start?.Notes ?? [], .. DataNotes.Of(pipeline, pixels, train.Count), .. _notes];
        float[] weights = ClassWeights.From(pixels, _training.ClassWeights, pipeline.Classes);
        _loss = new SegmentationLoss(_training.Losses, weights, _training.LabelSmoothing, pipeline.Classes.IgnoreIndex, _device);
        _adjustment = new LogitAdjustment(_average, weights, _training.LogitAdjustment);
        _loader = new BatchLoader(_cache, pipeline, options.Workers);
        GuardBatchNorm();
        if (earlier is null)
        {
            Start(pixels, weights, cancellation);
            averaging.Restart();
        }
        _step = new TrainingStep(_network, _training, _optimizer, averaging, _loss, _loader.Batches, _device) { Heads = _heads, Scaler = _scaler };
        _stopAfter = Math.Min(options.StopAfter ?? int.MaxValue, _training.Epochs);
        _recorder = new RunRecorder(folder, pipeline, _checkpoint.Epoch, validation, options, _device);
    }

    public TrainingResult Execute(IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        _clock.Start();
        SegmentationMetrics? metrics = null;
        double validationLoss = double.NaN, figure = double.NaN;
        _checkpoint.Begin(_folder, _pipeline);
        if (_checkpoint.Epoch == 0 && Worth(cancellation) is { } worth)
        {
            _notes = [.. _notes, worth];
        }
        while (_checkpoint.Epoch < _stopAfter && !_stopping.IsReached)
        {
            TimeSpan started = _clock.Elapsed;
            double loss = TrainEpoch(_checkpoint.Epoch, progress, cancellation);
            TimeSpan trained = _clock.Elapsed;
            if (!_checkpoint.IsFinite())
            {
                throw Diverged("weights that are not finite numbers", (_checkpoint.Epoch + 1) * _loader.Batches - 1);
            }
            _checkpoint.Epoch++;
            bool last = _checkpoint.Epoch == _training.Epochs;
            bool validates = _validation is not null && (last || _checkpoint.Epoch % _training.ValidateEvery == 0);
            using (_adjustment.Apply())
            {
                if (validates)
                {
                    (metrics, validationLoss) = ModelEvaluation.EvaluateWithLoss(_average, _validation!, _pipeline.Input, _pipeline.Classes, _device, _loss, cancellation);
                    figure = _monitor.Of(metrics.PerClassIoU, validationLoss);
                    _stopping.Validated(_monitor.Rank(figure));
                }
                if (validates ? !(_monitor.Rank(figure) <= _checkpoint.BestRank) : _validation is null && last)
                {
                    _checkpoint.BestEpoch = _checkpoint.Epoch;
                    _checkpoint.BestRank = _monitor.Rank(figure);
                    _checkpoint.BestMeanIoU = metrics?.MeanIoU ?? double.NaN;
                    _checkpoint.WriteBest(_folder, _pipeline, metrics, metrics is null ? null : (_monitor.Name, figure));
                }
                _recorder.Sample(_average, _checkpoint.Epoch, last);
                _checkpoint.Keep(_folder, _training.KeepCheckpoints);
            }
            Record(loss, validates ? metrics : null, validates ? validationLoss : double.NaN, started, trained);
            _checkpoint.WriteLast(_folder, _pipeline);
            if (validates || last)
            {
                _recorder.Draw();
                progress?.Report(Progress(_checkpoint.Epoch, _checkpoint.Epoch * _loader.Batches, loss) with
                {
                    Validation = metrics,
                    ValidationLoss = validates ? validationLoss : null,
                    Figure = validates ? figure : null,
                });
            }
        }
        return new TrainingResult
        {
            RunFolder = _folder,
            Epochs = _checkpoint.Epoch,
            StoppedEarly = _checkpoint.Epoch < _training.Epochs && _stopping.IsReached,
            BestEpoch = _checkpoint.BestEpoch,
            Monitor = _monitor.Name,
            BestFigure = _monitor.Rank(_checkpoint.BestRank),
            BestMeanIoU = _checkpoint.BestMeanIoU,
            LastValidation = metrics,
            PeakMemory = MachineState.PeakMemory(),
            Elapsed = _clock.Elapsed,
        };
    }

    public void Dispose()
    {
        _loader.Dispose();
        _cache.Dispose();
        if (!_keepsCache && (_checkpoint.Epoch == _training.Epochs || _stopping.IsReached))
        {
            _cache.DeleteFile();
        }
        _loss.Dispose();
        _optimizer.Dispose();
        _scaler?.Dispose();
        _heads?.Dispose();
        _average.Dispose();
        _network.Dispose();
    }

    /// <summary>Brings the network to where its training starts, which needs samples.</summary>
    private void Start(long[] pixels, float[] weights, CancellationToken cancellation)
    {
        if (_start is { Folded.Count: > 0 })
        {
            FoldedNorms.Settle(_network, _start.Folded, _loader.Epoch(0, cancellation), _device);
        }
        if (_start is null or { HeadIsNew: true })
        {
            ClassPrior.Apply(_network, ClassPrior.Of(pixels, weights));
        }
    }

    /// <summary>What a network that starts from another's weights is worth before its first step, a sentence; null: it starts from random ones.</summary>
    private string? Worth(CancellationToken cancellation)
    {
        if (_start is null || _validation is null)
        {
            return null;
        }
        SegmentationMetrics metrics = ModelEvaluation.Evaluate(_average, _validation, _pipeline.Input, _pipeline.Classes, _device, cancellation);
        return string.Create(CultureInfo.InvariantCulture, $"val mean IoU {metrics.MeanIoU:0.0000} before the first step");
    }

    /// <summary>Trains an epoch.</summary>
    /// <param name="epoch">Counted from 0.</param>
    /// <param name="progress">Called after each iteration.</param>
    /// <param name="cancellation">Stops between iterations.</param>
    /// <returns>The mean loss.</returns>
    private double TrainEpoch(int epoch, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        _network.train();
        if (_training.FreezeEncoder)
        {
            // Its batch norms keep their statistics too.
            _network.Encoder!.eval();
        }
        // Whatever a network draws itself (dropout) also follows from seed and epoch, so that resuming repeats it.
        manual_seed(((long)_training.Seed << 32) + epoch);
        double sum = 0;
        int done = 0;
        foreach (Batch batch in _loader.Epoch(epoch, cancellation))
        {
            using (batch)
            {
                int iteration = epoch * _loader.Batches + done;
                double loss = _step.Take(batch, iteration);
                if (!double.IsFinite(loss))
                {
                    throw Diverged("a loss or gradient that is not a finite number", iteration);
                }
                sum += loss;
                done++;
                _imagesHere += _loader.BatchSize;
                progress?.Report(Progress(epoch + 1, iteration + 1, sum / done) with { Notes = _notes });
                _notes = [];
            }
        }
        return sum / done;
    }

    private SegMLException Diverged(string what, int iteration)
    {
        string kept = _checkpoint.Epoch == 0 ? "no epoch was finished before"
            : $"the last good checkpoint, of epoch {_checkpoint.Epoch}, is {RunFolder.LastTensors(_folder)}";
        return new SegMLException(_pipeline.Source,
            string.Create(CultureInfo.InvariantCulture, $"trains to {what} in epoch {iteration / _loader.Batches + 1}, iteration {iteration + 1}, ")
            + string.Create(CultureInfo.InvariantCulture, $"at a learning rate of {_step.LearningRateAt(iteration):g4}; {kept}"),
            "lower training.learningRate, set training.clipNorm, or set training.precision to fp32");
    }

    private void Record(double loss, SegmentationMetrics? metrics, double validationLoss, TimeSpan started, TimeSpan trained)
    {
        int iteration = _checkpoint.Epoch * _loader.Batches;
        _recorder.Add(new EpochRecord
        {
            Epoch = _checkpoint.Epoch,
            Iteration = iteration,
            LearningRate = _step.LearningRateAt(iteration - 1),
            Loss = loss,
            Seconds = (_clock.Elapsed - started).TotalSeconds,
            MeanIoU = metrics?.MeanIoU ?? double.NaN,
            PixelAccuracy = metrics?.PixelAccuracy ?? double.NaN,
            Ended = DateTime.UtcNow,
            ValidationSeconds = (_clock.Elapsed - trained).TotalSeconds,
            PeakMemory = MachineState.PeakMemory(),
            ValidationLoss = validationLoss,
            PerClassIoU = metrics?.PerClassIoU ?? [],
        });
    }

    private TrainingProgress Progress(int epoch, int iteration, double loss)
    {
        double seconds = _clock.Elapsed.TotalSeconds;
        double pace = _imagesHere / Math.Max(seconds, 1e-3);
        double left = (double)(_step.Iterations - iteration) * _loader.BatchSize;
        return new TrainingProgress
        {
            Epoch = epoch,
            Epochs = _training.Epochs,
            Iteration = iteration,
            Iterations = _step.Iterations,
            Loss = loss,
            LearningRate = _step.LearningRateAt(iteration - 1),
            ImagesPerSecond = pace,
            Elapsed = _clock.Elapsed,
            Remaining = pace > 0 ? TimeSpan.FromSeconds(left / pace) : TimeSpan.Zero,
            Monitor = _monitor.Name,
            BestFigure = double.IsNaN(_checkpoint.BestRank) ? null : _monitor.Rank(_checkpoint.BestRank),
            BestMeanIoU = double.IsNaN(_checkpoint.BestMeanIoU) ? null : _checkpoint.BestMeanIoU,
        };
    }

    /// <summary>Reads every sample once, the training samples into the cache: what cannot be used is met before anything is trained.</summary>
    /// <returns>The training samples' pixels by class.</returns>
    private long[] ReadAll(SampleSource train, CancellationToken cancellation)
    {
        var occurs = new bool[256];
        IReadOnlyList<SegMLException> faults = [.. _cache.Fill(cancellation), .. _validation?.Check(_pipeline.Input, occurs, cancellation) ?? []];
        if (faults.Count > 0)
        {
            throw train.Combine(faults);
        }
        long[] pixels = _cache.CountPixels(_pipeline.Classes);
        if (_validation is not null)
        {
            _notes = [.. _notes, .. DataNotes.OfValidation(_pipeline, _monitor, occurs)];
        }
        return pixels.Sum() > 0
            ? pixels
            : throw new DatasetException(_pipeline.Source, "has masks in which every pixel is ignored", "check the classes' \"from\" values");
    }

    /// <summary>Heads for deep supervision, where that is asked for.</summary>
    private AuxiliaryHeads? Heads(Precision precision)
    {
        if (_training.AuxiliaryFactor == 0)
        {
            return null;
        }
        if (_network.StageChannels.Count == 0)
        {
            throw new PipelineFormatException(_pipeline.Source, $"has training.auxiliaryFactor, but {_pipeline.Network.Name} has no stages for auxiliary heads",
                "choose fcn-small, fcn-light, fcn-base, unet, fcn or deeplabv3plus, or leave the option out");
        }
        var heads = new AuxiliaryHeads(_network.StageChannels, _pipeline.Classes.Count);
        heads.to(_device);
        ConvLayer.SetPrecision(heads, precision);
        return heads;
    }

    private IEnumerable<(string Name, Parameter Parameter)> HeadParameters() =>
        _heads is null ? [] : _heads.named_parameters().Select(p => ("auxiliary." + p.name, p.parameter));

    /// <summary>Freezes the encoder where that is asked for.</summary>
    private void GuardEncoder()
    {
        if (!_training.FreezeEncoder && _training.EncoderLearningRateFactor == 1)
        {
            return;
        }
        nn.Module encoder = _network.Encoder ?? throw new PipelineFormatException(_pipeline.Source,
            $"has {(_training.FreezeEncoder ? "training.freezeEncoder" : "training.encoderLearningRateFactor")}, but {_pipeline.Network.Name} has no encoder",
            "choose a network with an encoder, such as fcn, or leave the option out");
        if (_training.FreezeEncoder)
        {
            foreach (var parameter in encoder.parameters())
            {
                parameter.requires_grad = false;
            }
        }
    }

    /// <summary>Batch norm has no statistics of a single value: a batch of one whose coarsest features are one pixel.</summary>
    private void GuardBatchNorm()
    {
        (int width, int height) = _loader.SmallestCrop;
        int columns = (width + _network.Stride - 1) / _network.Stride, rows = (height + _network.Stride - 1) / _network.Stride;
        if (_loader.BatchSize * columns * rows < 2)
        {
            throw new PipelineFormatException(_pipeline.Source,
                $"trains on crops of {width}x{height} one at a time, of which {_pipeline.Network.Name}'s batch norm sees one value",
                "raise training.batchSize or the crop, or add samples");
        }
    }
}
