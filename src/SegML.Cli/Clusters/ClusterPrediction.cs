using SegML.Cli.Terminal;
using SegML.Cluster.Jobs;
using SegML.Cluster.Orders;

namespace SegML.Cli.Clusters;

/// <summary><c>segml predict --cluster</c>: leaves the work to the workers of a cluster.</summary>
internal static class ClusterPrediction
{
    /// <summary>Enqueues a job.</summary>
    public static int Run(ScoringRequest request, string connection, CancellationToken cancellation)
    {
        ScoringJobs jobs = Open(connection);
        HashSet<string> wasDone = [.. jobs.All().Where(j => j.IsDone).Select(j => j.Id)];
        ScoringJobStatus job = WorkProgress.Run("enqueue", progress => jobs.Submit(request, progress.Lines(), cancellation));
        Console.WriteLine($"job {job.Id}: {job.Images.Of("image")} in {job.Chunks.Of("chunk")}, results in {job.Results}");
        if (job.IsDone && wasDone.Contains(job.Id))
        {
            Console.WriteLine(JobText.Of(job));
            Console.Error.WriteLine($"segml: this job was done before, and new images and deleted results were not looked for; to do it again: "
                + $"segml cluster jobs {job.Id} --forget --cluster {NextSteps.Quoted(ClusterStorage.IsFile(connection) ? connection : "...")}, then this command");
            return job.ImagesFailed > 0 ? ExitCode.BadInput : ExitCode.Done;
        }
        Console.WriteLine(job.IsDone ? JobText.Of(job) : "next: segml cluster worker on each machine, and segml cluster jobs for progress, both with the same --cluster");
        return ExitCode.Done;
    }

    /// <summary>The jobs of a storage.</summary>
    public static ScoringJobs Open(string connection)
    {
        if (connection == "memory")
        {
            throw new ClusterException("memory", "is this process's alone, and no worker would see it", "leave --cluster out, or name a file that ends with .db");
        }
        Hangfire.JobStorage storage = ClusterStorage.Open(connection);
        return new ScoringJobs(new Hangfire.BackgroundJobClient(storage), storage);
    }
}
