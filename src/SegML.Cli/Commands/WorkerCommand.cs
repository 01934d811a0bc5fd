using System.CommandLine;
using SegML.Cli.Clusters;
using SegML.Cli.Terminal;
using SegML.Cluster.Jobs;
using SegML.Scoring;

namespace SegML.Cli.Commands;

/// <summary><c>segml cluster worker</c>: works jobs off on this machine.</summary>
internal static class WorkerCommand
{
    public static Command Create()
    {
        Option<string?> cluster = ClusterOption.Create("The storage of the jobs.");
        var chunks = new Option<int?>("--chunks") { Description = "Chunks that are scored at the same time. Default: one a core.", HelpName = "COUNT" };
        var lease = new Option<int?>("--lease")
        {
            Description = $"How long a chunk stays a worker's that is not heard of; then another takes it. Default: {(int)ClusterStorage.DefaultLease.TotalSeconds}.",
            HelpName = "SECONDS",
        };
        var untilDone = new Option<bool>("--until-done") { Description = "End when every job is done, with 2 where images of one have no result. Otherwise it waits for more." };
        var models = new Option<string?>("--models") { Description = "The folder for models that are fetched. Default: one in the user's folder for local data.", HelpName = "DIR" };
        Option<ComputeDevice> device = SharedOptions.Device();
        var command = new Command("worker", "Score chunks of jobs until stopped. On any number of machines.") { cluster, chunks, lease, untilDone, models, device };
        command.Validators.Add(result =>
        {
            if (result.Readable(chunks) is < 1 or > 256)
            {
                result.AddError("--chunks is not 1 to 256");
            }
            if (result.Readable(lease) is < 5 or > 86400)
            {
                result.AddError("--lease is not 5 to 86400 seconds");
            }
        });
        command.SetAction((parsed, cancellation) =>
        {
            var options = new SegmentationJobsOptions { Device = parsed.GetValue(device), ChunksAtATime = parsed.GetValue(chunks) ?? Environment.ProcessorCount };
            options = parsed.GetValue(models) is { } folder ? options with { ModelFolder = folder } : options;
            Hangfire.JobStorage storage = ClusterStorage.Open(ClusterOption.Require(parsed, cluster), parsed.GetValue(lease) is { } seconds ? TimeSpan.FromSeconds(seconds) : null);
            // What was over before is not this worker's to report.
            HashSet<string> before = [.. parsed.GetValue(untilDone) ? ClusterPrediction.Of(storage).All().Where(ClusterPrediction.IsOver).Select(j => j.Id) : []];
            using var worker = new ClusterWorker(storage, options);
            Console.Error.WriteLine($"segml: working, {options.ChunksAtATime.Of("chunk")} at a time; Ctrl-C gives back what is under way and ends");
            var said = new Dictionary<string, string>(StringComparer.Ordinal);
            var ended = new Dictionary<string, int>(StringComparer.Ordinal);
            worker.Run(parsed.GetValue(untilDone), new Direct<IReadOnlyList<ScoringJobStatus>>(Tell), cancellation);
            return Task.FromResult(cancellation.IsCancellationRequested ? ExitCode.Stopped : ended.Values.Append(ExitCode.Done).Max());

            // A line whenever a job is a tenth further, as long work says elsewhere.
            void Tell(IReadOnlyList<ScoringJobStatus> jobs)
            {
                foreach (ScoringJobStatus job in jobs)
                {
                    string mark = job.IsDone ? "done" : (10 * job.ChunksDone / Math.Max(1, job.Chunks)).ToString(System.Globalization.CultureInfo.InvariantCulture);
                    if (said.GetValueOrDefault(job.Id) != mark && (job.ChunksDone > 0 || said.ContainsKey(job.Id)))
                    {
                        Console.Error.WriteLine(Printable.Line(JobText.Of(job)));
                    }
                    said[job.Id] = mark;
                    if (ClusterPrediction.IsOver(job) && !before.Contains(job.Id))
                    {
                        ended[job.Id] = ClusterPrediction.CodeOf(job);
                    }
                }
            }
        });
        return command;
    }
}
