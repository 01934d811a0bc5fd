using System.CommandLine;
using System.Globalization;
using SegML.Cli.Terminal;
using SegML.Cli.Tuning;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Training.Tuning;
using TorchSharp;

namespace SegML.Cli.Commands;

/// <summary><c>segml runs tune</c>: searches the ranges of a pipeline file's tune part.</summary>
internal static class TuneCommand
{
    private const int Shown = 20;

    public static Command Create()
    {
        Argument<string> pipeline = SharedOptions.Pipeline();
        var output = new Option<string?>("--out") { Description = "The search's folder. Default: runs/NAME-tune, after the pipeline's name.", HelpName = "DIR" };
        Option<string?> data = SharedOptions.Data();
        var resume = new Option<bool>("--resume") { Description = "Go on with the search that the folder holds." };
        var jobs = new Option<int?>("--jobs")
        {
            Description = "Trials that run at the same time, each in its own process. Default: one for each core; one on a GPU.",
            HelpName = "COUNT",
        };
        Option<ComputeDevice> device = SharedOptions.Device();
        Option<string[]> settings = SharedOptions.Settings();
        var command = new Command("tune", "Search the pipeline's tune.ranges for the best options on val.")
        {
            pipeline, output, data, resume, jobs, device, settings,
        };
        command.Validators.Add(result =>
        {
            if (result.Readable(jobs) is < 1 or > 256)
            {
                result.AddError("--jobs is not 1 to 256");
            }
        });
        command.SetAction((parsed, cancellation) =>
        {
            Pipeline read = PipelineFile.Read(parsed.GetValue(pipeline)!, parsed.GetValue(data), parsed.GetValue(settings));
            ComputeDevice on = parsed.GetValue(device);
            int count = parsed.GetValue(jobs) ?? DefaultJobs(read, on);
            var options = new TunerOptions
            {
                Resume = parsed.GetValue(resume),
                Device = on,
                Jobs = count,
                Launch = count > 1 ? TrialProcess.RunAsync : null,
            };
            return Task.FromResult(Run(read, parsed.GetValue(output) ?? Path.Combine("runs", read.Name + "-tune"), options, cancellation));
        });
        return command;
    }

    private static int DefaultJobs(Pipeline pipeline, ComputeDevice device) =>
        device == ComputeDevice.Cuda || (device == ComputeDevice.Auto && torch.cuda.is_available())
            ? 1
            : Math.Min(Environment.ProcessorCount, pipeline.Tune?.Trials ?? 1);

    private static int Run(Pipeline pipeline, string folder, TunerOptions options, CancellationToken cancellation)
    {
        TuningResult result;
        try
        {
            result = WorkProgress.Run("tune", progress => Tuner.Run(pipeline, folder, options, Reporter(progress, pipeline), cancellation));
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine($"segml: stopped; go on with --resume, what is done is in {folder}");
            return ExitCode.Stopped;
        }
        Print(result, Monitor(pipeline));
        return ExitCode.Done;
    }

    private static Direct<TrialResult> Reporter(WorkProgress progress, Pipeline pipeline)
    {
        IReadOnlyList<Rung> rungs = Rung.Plan(pipeline.Tune!, pipeline.Training);
        string monitor = Monitor(pipeline);
        int all = rungs.Sum(r => r.Trials), done = 0;
        return new Direct<TrialResult>(trial =>
        {
            progress.Line($"trial {trial.Trial:000}  {(trial.Fault is null ? $"epoch {trial.Epochs}  val {monitor} {Figure(trial)}" : trial.Fault)}  {string.Join(" ", trial.Settings)}");
            progress.Report(++done, all);
        });
    }

    private static void Print(TuningResult result, string monitor)
    {
        string heading = $"val {monitor}";
        Console.WriteLine($"rank  trial  epochs  best epoch  {heading}  values");
        for (int i = 0; i < Math.Min(Shown, result.Trials.Count); i++)
        {
            TrialResult trial = result.Trials[i];
            string fault = trial.Fault is null ? "" : $"  ({trial.Fault})";
            Console.WriteLine($"{i + 1,4}  {trial.Trial,5:000}  {trial.Epochs,6}  {trial.BestEpoch,10}  {Figure(trial).PadLeft(heading.Length)}  {string.Join(" ", trial.Settings)}{fault}");
        }
        Console.WriteLine($"all trials: {result.Leaderboard}");
        Console.WriteLine($"the best one's pipeline: {result.BestPipeline}");
        Console.WriteLine($"next: segml export {NextSteps.Quoted(result.Trials[0].RunFolder)} --out MODEL.onnx");
    }

    private static string Monitor(Pipeline pipeline) => MonitoredFigure.Parse(pipeline.Training.Monitor, pipeline.Classes, pipeline.Source).Name;

    private static string Figure(TrialResult trial) => double.IsNaN(trial.Figure) ? "" : trial.Figure.ToString("0.0000", CultureInfo.InvariantCulture);
}
