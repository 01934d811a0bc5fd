using System.CommandLine;
using System.Globalization;
using SegML.Cli.Terminal;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Training;
using SegML.Training.Ranks;

namespace SegML.Cli.Commands;

/// <summary><c>segml train</c>: trains a pipeline's network into a run folder.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        Argument<string> pipeline = SharedOptions.Pipeline();
        var output = new Option<string?>("--out") { Description = "The run's folder. Default: runs/NAME, after the pipeline's name.", HelpName = "DIR" };
        Option<string?> data = SharedOptions.Data();
        var resume = new Option<bool>("--resume") { Description = "Go on from the run's last checkpoint." };
        Option<ComputeDevice> device = SharedOptions.Device();
        var cache = new Option<string?>("--cache")
        {
            Description = "A folder that keeps decoded samples that do not fit into memory, for later runs on the same files. "
                + "Default: the run's folder, until the run is complete.",
            HelpName = "DIR",
        };
        Option<string[]> settings = SharedOptions.Settings();
        var samples = new Option<int>("--samples-every")
        {
            Description = "Draw predictions of a few validation images every this many epochs. 0: never.",
            DefaultValueFactory = _ => new TrainerOptions().SamplesEvery,
            HelpName = "EPOCHS",
        };
        var command = new Command("train", "Train a network. All files are checked first.") { pipeline, output, data, resume, device, samples, cache, settings };
        var folds = new Option<int?>("--folds")
        {
            Description = "Cross-validation: divide the training images into 2 to 20 folds, and train a run for each in DIR/fold-1 and so on, validated on its fold.",
            HelpName = "NUMBER",
        };
        command.Options.Add(folds);
        var local = new Option<bool>("--local-batch-norm") { Description = "Of several processes (mpirun): each normalises by its own share of a batch, and not by all of it." };
        command.Options.Add(local);
        var patience = new Option<int?>("--rank-patience")
        {
            Description = $"Of several processes: how long the others may be silent before the training ends, as after a cut network. Default: {(int)MpiProcesses.DefaultPatience.TotalSeconds}.",
            HelpName = "SECONDS",
        };
        command.Options.Add(patience);
        var plan = new TrainPlan();
        plan.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.Readable(samples) < 0)
            {
                result.AddError("--samples-every is 0 or more epochs");
            }
            if (result.Readable(patience) is < 1 or > 86400)
            {
                result.AddError("--rank-patience is 1 to 86400 seconds");
            }
            if (result.Readable(folds) is < 2 or > 20)
            {
                result.AddError("--folds is 2 to 20");
            }
        });
        command.SetAction((parsed, cancellation) =>
        {
            int seconds = parsed.GetValue(patience) ?? (int)MpiProcesses.DefaultPatience.TotalSeconds;
            // The first process of a machine says it for all that are there.
            bool says = Environment.GetEnvironmentVariable("OMPI_COMM_WORLD_LOCAL_RANK") is null or "0";
            using IAllReduce ranks = MpiProcesses.Join(() => RankFaults.End(seconds, says), TimeSpan.FromSeconds(says ? seconds : seconds + 5));
            return Task.FromResult(RankFaults.Guard(ranks, () => Train(ranks)));

            int Train(IAllReduce ranks)
            {
                Pipeline read = ranks.Together(() => PipelineFile.Read(parsed.GetValue(pipeline)!, parsed.GetValue(data), parsed.GetValue(settings)));
                if (ranks.Count > 1 && (plan.IsWanted(parsed) || parsed.GetValue(folds) is not null))
                {
                    throw new SegMLException(plan.IsWanted(parsed) ? "--plan" : "--folds", $"is for one process, and mpirun started {ranks.Count}", "start it without mpirun");
                }
                if (plan.IsWanted(parsed))
                {
                    return plan.Run(parsed, read, parsed.GetValue(device), cancellation);
                }
                string folder = parsed.GetValue(output) ?? Path.Combine("runs", read.Name);
                var options = new TrainerOptions
                {
                    Resume = parsed.GetValue(resume),
                    Device = parsed.GetValue(device),
                    SamplesEvery = parsed.GetValue(samples),
                    CacheFolder = parsed.GetValue(cache),
                    Ranks = ranks,
                    SynchronizeBatchNorm = !parsed.GetValue(local),
                };
                return parsed.GetValue(folds) is { } count ? FoldTraining.Run(read, folder, count, options, cancellation) : Run(read, folder, options, cancellation);
            }
        });
        return command;
    }

    private static int Run(Pipeline pipeline, string folder, TrainerOptions options, CancellationToken cancellation)
    {
        if (options.Ranks.Rank > 0)
        {
            // The first process tells of all.
            Trainer.Train(pipeline, folder, options, null, cancellation);
            return ExitCode.Done;
        }
        TrainingResult result;
        string report;
        if (options.Resume && !HoldsRun(folder))
        {
            Console.Error.WriteLine($"segml: note: {folder} holds no run to go on with; a new one begins");
        }
        try
        {
            result = WorkProgress.Run("train", progress => Trainer.Train(pipeline, folder, options, Reporter(progress), cancellation));
            report = ReportCommand.Write(folder, output: null, pipeline.Data.Root, options.Device, cancellation);
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine(HoldsRun(folder) ? $"segml: stopped; the last full epoch is in {folder}, go on with the same command and --resume"
                : "segml: stopped before anything was learnt; nothing is kept");
            return ExitCode.Stopped;
        }
        string epochs = result.StoppedEarly ? $"{result.Epochs} of {pipeline.Training.Epochs.Of("epoch")}, stopped early," : result.Epochs.Of("epoch");
        CultureInfo plain = CultureInfo.InvariantCulture;
        string best = double.IsNaN(result.BestMeanIoU) ? "nothing to validate on" : string.Create(plain, $"best val {result.Monitor} {result.BestFigure:0.0000} at epoch {result.BestEpoch}");
        Console.WriteLine(string.Create(plain, $"trained {epochs} in {result.Elapsed:h\\:mm\\:ss}; {best}; peak memory {result.PeakMemory:0} MB"));
        Console.WriteLine($"report: {report}");
        NextSteps.Print(NextSteps.AfterTraining(folder, pipeline));
        return ExitCode.Done;
    }

    /// <summary>Whether a run was begun in a folder.</summary>
    public static bool HoldsRun(string folder) => File.Exists(Path.Combine(folder, "last.dat"));

    /// <summary>Shows a run's progress: a bar an iteration, a line that stays a validation.</summary>
    public static IProgress<TrainingProgress> Reporter(WorkProgress progress) => new Direct<TrainingProgress>(step =>
    {
        CultureInfo plain = CultureInfo.InvariantCulture;
        foreach (string note in step.Notes)
        {
            progress.Line($"note: {note}");
        }
        if (step.MeanIoU is { } figure)
        {
            progress.Line(string.Create(plain,
                $"epoch {step.Epoch}/{step.Epochs}  loss {step.Loss:0.0000}  val loss {step.ValidationLoss:0.0000}  val mean IoU {figure:0.0000}")
                + (step.Monitor is "mean IoU" or "loss" ? "" : string.Create(plain, $"  {step.Monitor} {step.Figure:0.0000}")) + string.Create(plain, $"  best {step.BestFigure:0.0000}"));
        }
        progress.Report(step.Iteration, step.Iterations, string.Create(plain,
            $"epoch {step.Epoch}/{step.Epochs}  loss {step.Loss:0.000}  {step.ImagesPerSecond:0.0} images/s"));
    });
}
