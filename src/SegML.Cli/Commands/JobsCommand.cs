using System.CommandLine;
using SegML.Cli.Clusters;
using SegML.Cli.Terminal;
using SegML.Cluster.Jobs;

namespace SegML.Cli.Commands;

/// <summary><c>segml cluster jobs</c>: where jobs stand, what failed, cancel and resume.</summary>
internal static class JobsCommand
{
    public static Command Create()
    {
        var id = new Argument<string?>("job") { Description = "One job, with its failed files. Otherwise all, a line each.", Arity = ArgumentArity.ZeroOrOne };
        Option<string?> cluster = ClusterOption.Create("The storage of the jobs.");
        var cancel = new Option<bool>("--cancel") { Description = "Stop the job; what is done stays, and --resume goes on." };
        var resume = new Option<bool>("--resume") { Description = "Go on with a cancelled job, and try again what failed." };
        var forget = new Option<bool>("--forget") { Description = "Remove what is kept about the job. Its results stay." };
        var watch = new Option<bool>("--watch") { Description = "Show progress until the job is done." };
        var command = new Command("jobs", "Show the jobs of a cluster: progress, rate, time left, failed files and why.") { id, cluster, cancel, resume, forget, watch };
        command.Validators.Add(result =>
        {
            int acts = new[] { cancel, resume, forget, watch }.Count(o => result.Readable(o));
            if (acts > 1)
            {
                result.AddError("--cancel, --resume, --forget and --watch are given one at a time");
            }
            if (acts > 0 && result.GetValue(id) is null)
            {
                result.AddError("--cancel, --resume, --forget and --watch need the job's name");
            }
        });
        command.SetAction((parsed, cancellation) =>
        {
            ScoringJobs jobs = ClusterPrediction.Open(ClusterOption.Require(parsed, cluster));
            if (parsed.GetValue(id) is not { } job)
            {
                foreach (ScoringJobStatus each in jobs.All())
                {
                    Console.WriteLine($"{JobText.Of(each)}  in {each.Results}");
                }
                return Task.FromResult(ExitCode.Done);
            }
            if (parsed.GetValue(forget))
            {
                jobs.Forget(job);
                return Task.FromResult(ExitCode.Done);
            }
            if (parsed.GetValue(cancel))
            {
                jobs.Cancel(job);
            }
            if (parsed.GetValue(resume))
            {
                Console.WriteLine($"{jobs.Resume(job).Of("chunk")} enqueued again");
            }
            return Task.FromResult(parsed.GetValue(watch) ? Watch(jobs, job, cancellation) : Show(jobs, job));
        });
        return command;
    }

    private static int Watch(ScoringJobs jobs, string id, CancellationToken cancellation)
    {
        WorkProgress.Run($"job {id}", progress =>
        {
            ScoringJobStatus job = jobs.Find(id);
            while (!job.IsCancelled && !ClusterPrediction.IsOver(job))
            {
                progress.Report((int)(1000.0 * job.ChunksDone / job.Chunks), 1000, JobText.Of(job));
                cancellation.WaitHandle.WaitOne(TimeSpan.FromSeconds(2));
                cancellation.ThrowIfCancellationRequested();
                job = jobs.Find(id);
            }
            return job;
        });
        return Show(jobs, id);
    }

    /// <returns>2 where the job is over and images have no result, as without a cluster.</returns>
    private static int Show(ScoringJobs jobs, string id)
    {
        ScoringJobStatus job = jobs.Find(id);
        Console.WriteLine($"{JobText.Of(job)}  in {job.Results}");
        foreach (FailedImage image in jobs.Failures(id))
        {
            Console.WriteLine(Printable.Line($"failed: {image.Reason}"));
        }
        foreach ((string reason, int chunks) in jobs.Broken(id))
        {
            Console.WriteLine(Printable.Line($"{chunks.Of("chunk")} failed: {reason}"));
        }
        return ClusterPrediction.IsOver(job) ? ClusterPrediction.CodeOf(job) : ExitCode.Done;
    }
}
