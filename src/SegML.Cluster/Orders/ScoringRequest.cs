using SegML.Batches;
using SegML.Scoring;

namespace SegML.Cluster.Orders;

/// <summary>What is to be scored, and how.</summary>
public sealed record ScoringRequest
{
    /// <summary>The model's file. The job keeps a copy: what is written over the file later changes nothing.</summary>
    public required string Model { get; init; }

    /// <summary>Folders, images, globs and lists, on a file system that all workers see under the same paths; see <see cref="Listing.ImageListing"/>.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>What is written, and where: on the same file system.</summary>
    public required BatchOutputs Outputs { get; init; }

    /// <summary>How images are scored. Device and threads are the worker's own.</summary>
    public SegmenterOptions Scoring { get; init; } = new();

    /// <summary>
    /// Images a chunk, 1 to 100000: what a worker takes at a time. The database sees some rows a chunk; a worker that dies leaves a chunk to be gone on with.
    /// Default 64.
    /// </summary>
    public int ChunkSize { get; init; } = 64;
}
