using System.Diagnostics;
using SegML.Files;
using SegML.Onnx;
using SegML.Pipelines;
using SegML.Training;
using SegML.Training.Models;

namespace SegML.Cli.Quickstart;

/// <summary>
/// The whole way from annotations to masks on scenes that it draws itself, with the same calls that an application makes.
/// A run with the same options gives the same scenes and, on the same kind of processor, the same network.
/// </summary>
public sealed class QuickstartRun
{
    private const int ShownScenes = 6;

    private readonly QuickstartFolder _folder;
    private readonly QuickstartOptions _options;
    private readonly IProgress<string>? _progress;
    private readonly IProgress<TrainingProgress>? _training;
    private readonly CancellationToken _cancellation;
    private readonly List<(string Step, TimeSpan Time)> _steps = [];

    private QuickstartRun(string folder, QuickstartOptions options, IProgress<string>? progress, IProgress<TrainingProgress>? training,
        CancellationToken cancellation)
    {
        options.Validate();
        _folder = QuickstartFolder.Create(folder);
        _options = options;
        _progress = progress;
        _training = training;
        _cancellation = cancellation;
    }

    /// <summary>Runs it.</summary>
    /// <param name="folder">The output folder: new, empty, or an earlier quickstart's, which is emptied.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <param name="progress">Receives the name of each step when it begins.</param>
    /// <param name="training">Receives the progress of the training.</param>
    /// <param name="cancellation">Stops the run; what is complete by then stays.</param>
    /// <exception cref="SegMLException">The folder cannot be used, or a step failed.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public static QuickstartResult Execute(
        string folder,
        QuickstartOptions? options = null,
        IProgress<string>? progress = null,
        IProgress<TrainingProgress>? training = null,
        CancellationToken cancellation = default) =>
        new QuickstartRun(folder, options ?? new QuickstartOptions(), progress, training, cancellation).Execute();

    private QuickstartResult Execute()
    {
        AtomicFile.WriteText(_folder.Pipeline, PipelineFile.ToJson(QuickstartTask.Create(_options)));
        Pipeline pipeline = PipelineFile.Read(_folder.Pipeline);
        Step("Draw scenes and their annotations", DrawScenes);
        Step("Turn annotations into masks", () => ForEachSplit((split, _) => QuickstartData.WriteMasks(_folder, split, pipeline.Classes, _cancellation)));
        Step("Draw masks over images to check them", () => QuickstartData.WriteOverlays(_folder, "train", pipeline.Classes, _cancellation));
        TrainingResult training = Step("Train", () => Trainer.Train(pipeline, _folder.Run, null, _training, _cancellation));
        OnnxExportReport export = Step("Export to ONNX and compare", () => ModelExport.Export(_folder.Run, _folder.Onnx));
        string images = _folder.Split("test", "images"), masks = _folder.Split("test", "masks");
        Step("Save as an ML.NET pipeline", () => QuickstartScoring.Save(_folder.Onnx, _folder.Model, images, masks, pipeline.Classes));
        QuickstartScores scores = Step("Load it again and score unseen scenes", () => QuickstartScoring.Score(_folder.Model, images, masks, ShownScenes));
        QuickstartReport.Write(_folder, _options, pipeline, training, export, scores, _steps);
        return new QuickstartResult(_folder, scores.Metrics, _steps);
    }

    private void DrawScenes()
    {
        int first = 0;
        ForEachSplit((split, count) =>
        {
            QuickstartData.DrawScenes(_folder, split, first, count, _options, _cancellation);
            first += count;
        });
    }

    private void ForEachSplit(Action<string, int> work)
    {
        work("train", _options.Scenes);
        work("val", _options.ValidationScenes);
        work("test", _options.TestScenes);
    }

    private void Step(string name, Action work) => Step(name, () =>
    {
        work();
        return true;
    });

    private T Step<T>(string name, Func<T> work)
    {
        _cancellation.ThrowIfCancellationRequested();
        _progress?.Report(name);
        long start = Stopwatch.GetTimestamp();
        T result = work();
        _steps.Add((name, Stopwatch.GetElapsedTime(start)));
        return result;
    }
}
