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
        ScoringJobStatus job = WorkProgress.Run("enqueue", progress => jobs.Submit(request, progress.Lines(), cancellation));
        Console.WriteLine($"job {job.Id}: {job.Images.Of("image")} in {job.Chunks.Of("chunk")}, results in {job.Results}");
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
