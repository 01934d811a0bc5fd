using SegML.Cli.Terminal;
using SegML.Cluster.Jobs;
using SegML.Cluster.Orders;

namespace SegML.Cli.Clusters;

/// <summary><c>segml predict --cluster</c>: leaves the work to the workers of a cluster.</summary>
internal static class ClusterPrediction
{
    /// <summary>Enqueues a job.</summary>
    public static int Run(ScoringRequest request, string connection, bool allowSkipped, CancellationToken cancellation)
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
            return CodeOf(job, allowSkipped);
        }
        Console.WriteLine(job.IsDone ? JobText.Of(job) : "next: segml cluster worker on each machine, and segml cluster jobs for progress, both with the same --cluster");
        return job.IsDone ? CodeOf(job, allowSkipped) : ExitCode.Done;
    }

    /// <summary>Whether nothing of a job is left to do.</summary>
    public static bool IsOver(ScoringJobStatus job) => job.ChunksDone + job.ChunksBroken >= job.Chunks;

    /// <summary>What a job that is over returns: as <c>segml predict</c> does without a cluster, 2 where images have no result.</summary>
    public static int CodeOf(ScoringJobStatus job, bool allowSkipped = false)
    {
        long failed = job.ImagesFailed + job.ChunksBroken;
        return failed == 0 || (allowSkipped && job.ImagesDone > job.ImagesFailed) ? ExitCode.Done : ExitCode.BadInput;
    }

    /// <summary>The jobs of a storage.</summary>
    public static ScoringJobs Open(string connection)
    {
        if (connection == "memory")
        {
            throw new ClusterException("memory", "is this process's alone, and no worker would see it", "leave --cluster out, or name a file that ends with .db");
        }
        return Of(ClusterStorage.Open(connection));
    }

    /// <summary>The jobs of a storage that is open.</summary>
    public static ScoringJobs Of(Hangfire.JobStorage storage) => new(new Hangfire.BackgroundJobClient(storage), storage);
}
