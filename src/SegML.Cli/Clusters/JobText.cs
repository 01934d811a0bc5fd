using System.Globalization;
using SegML.Cluster.Jobs;

namespace SegML.Cli.Clusters;

/// <summary>A job in a line.</summary>
internal static class JobText
{
    /// <summary>Where it stands: <c>3f2a...  5120/10000 images (51 %)  12.3 images/s  0:06:36 left  2 failed</c>.</summary>
    public static string Of(ScoringJobStatus job)
    {
        CultureInfo plain = CultureInfo.InvariantCulture;
        double share = job.Images == 0 ? 1 : (double)job.ImagesDone / job.Images;
        string line = string.Create(plain, $"{job.Id}  {job.ImagesDone}/{job.Images.Of("image")} ({Math.Floor(100 * share):0} %)");
        if (job.ChunksEnqueued < job.Chunks)
        {
            line += string.Create(plain, $"  {job.ChunksEnqueued}/{job.Chunks} chunks enqueued: the same segml predict goes on");
        }
        if (job.ImagesPerSecond > 0)
        {
            line += string.Create(plain, $"  {job.ImagesPerSecond:0.0} images/s");
        }
        if (job.IsDone)
        {
            line += "  done";
        }
        else if (job.IsCancelled)
        {
            line += "  cancelled";
        }
        else if (job.Remaining is { } left)
        {
            line += string.Create(plain, $"  {(int)left.TotalHours}:{left:mm\\:ss} left");
        }
        return line + (job.ImagesFailed > 0 ? $"  {job.ImagesFailed.Of("image")} failed" : "") + (job.ChunksBroken > 0 ? $"  {job.ChunksBroken.Of("chunk")} failed as a whole" : "");
    }
}
