namespace SegML.Cluster.Jobs;

/// <summary>Where a job stands.</summary>
public sealed record ScoringJobStatus
{
    /// <summary>The job.</summary>
    public required string Id { get; init; }

    /// <summary>The folder of its results.</summary>
    public required string Results { get; init; }

    /// <summary>Images in all.</summary>
    public required long Images { get; init; }

    /// <summary>Images of the chunks that are done, those that failed among them.</summary>
    public required long ImagesDone { get; init; }

    /// <summary>Images that have no result.</summary>
    public required long ImagesFailed { get; init; }

    /// <summary>Chunks in all.</summary>
    public required long Chunks { get; init; }

    /// <summary>Chunks that are enqueued so far.</summary>
    public required long ChunksEnqueued { get; init; }

    /// <summary>Chunks that are done.</summary>
    public required long ChunksDone { get; init; }

    /// <summary>Chunks that failed as a whole, retries included: the disk was full, the model missing.</summary>
    public required long ChunksBroken { get; init; }

    /// <summary>When it was enqueued, UTC.</summary>
    public required DateTime Created { get; init; }

    /// <summary>When its first chunk was begun, UTC; null: none was.</summary>
    public required DateTime? Started { get; init; }

    /// <summary>When its last chunk so far was done, UTC; null: none was.</summary>
    public required DateTime? LastDone { get; init; }

    /// <summary>Whether it is cancelled, and may be resumed.</summary>
    public required bool IsCancelled { get; init; }

    /// <summary>Whether every chunk is done.</summary>
    public bool IsDone => ChunksDone >= Chunks;

    /// <summary>Images a second from its first chunk's beginning to its last chunk's end; 0 before there is one.</summary>
    public double ImagesPerSecond => Started is { } start && LastDone is { } end && end > start ? ImagesDone / (end - start).TotalSeconds : 0;

    /// <summary>The time that is left at this rate; null: not known.</summary>
    public TimeSpan? Remaining => ImagesPerSecond > 0 ? TimeSpan.FromSeconds((Images - ImagesDone) / ImagesPerSecond) : null;
}
