using SegML.Pipelines;
using SegML.Training.Data;
using SegML.Training.Networks;
using SegML.Training.Runs;
using static TorchSharp.torch;

namespace SegML.Training.Loop;

/// <summary>What a run leaves for people beside its checkpoints: log, curves, TensorBoard file, sample predictions, sessions.</summary>
internal sealed class RunRecorder
{
    private readonly string _folder;
    private readonly Pipeline _pipeline;
    private readonly TrainingLog _log;
    private readonly TensorBoardFile _board;
    private readonly SamplePredictions? _samples;
    private readonly int _every;

    /// <param name="folder">The run.</param>
    /// <param name="pipeline">Its pipeline.</param>
    /// <param name="epochs">Epochs that are done; what earlier processes wrote beyond them is left out.</param>
    /// <param name="validation">What sample predictions are made of.</param>
    /// <param name="options">How often they are made.</param>
    /// <param name="device">Where the network is.</param>
    public RunRecorder(string folder, Pipeline pipeline, int epochs, SampleSource? validation, TrainerOptions options, Device device)
    {
        _folder = folder;
        _pipeline = pipeline;
        _every = options.SamplesEvery;
        _samples = validation is null || _every == 0 ? null : new SamplePredictions(folder, validation, pipeline.Input, pipeline.Classes, device);
        _log = new TrainingLog(RunFolder.Log(folder), pipeline.Classes);
        _log.Restore(epochs);
        var now = DateTime.UtcNow;
        var session = new RunSession
        {
            Started = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerSecond)),
            EpochsDone = epochs,
            Seed = pipeline.Training.Seed,
            Machine = MachineState.Here(device),
            Git = File.Exists(pipeline.Source) ? GitState.Of(Path.GetDirectoryName(Path.GetFullPath(pipeline.Source))!) : null,
        };
        // A run that was killed before its first epoch begins anew.
        IReadOnlyList<RunSession> sessions = [.. epochs > 0 ? RunSession.Read(RunFolder.Sessions(folder)) : [], session];
        RunSession.Write(RunFolder.Sessions(folder), sessions);
        _board = new TensorBoardFile(RunFolder.TensorBoard(folder), sessions[0].Started, pipeline.Classes.Names);
        _board.Begin(_log.Rows, epoch => SampleFiles.Of(folder, epoch));
    }

    /// <summary>Predicts the samples if the epoch is one for that.</summary>
    public void Sample(SegmentationNetwork network, int epoch, bool last)
    {
        if (_samples is not null && (last || epoch % _every == 0))
        {
            network.eval();
            _samples.Write(network, epoch);
        }
    }

    /// <summary>Notes an epoch.</summary>
    public void Add(EpochRecord record) => _board.Add(_log.Add(record), SampleFiles.Of(_folder, record.Epoch));

    /// <summary>Draws the curves.</summary>
    public void Draw() => TrainingCurves.Write(RunFolder.Curves(_folder), _pipeline.Name, _log.Rows);
}
