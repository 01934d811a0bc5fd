using Hangfire.States;

namespace SegML.Cluster.Jobs;

/// <summary>What a chunk came to, where there is more to say than that all its images have results.</summary>
public sealed record ChunkReport
{
    /// <summary>Images without a result: the file, and why.</summary>
    public IReadOnlyList<FailedImage> Failures { get; init; } = [];

    /// <summary>Whether the chunk was left, because its job is cancelled.</summary>
    public bool Parked { get; init; }
}

/// <summary>An image that has no result.</summary>
/// <param name="File">Its file.</param>
/// <param name="Reason">Why, one line.</param>
public sealed record FailedImage(string File, string Reason);

/// <summary>The state of a chunk whose job is cancelled: kept until the job is resumed.</summary>
internal sealed class ParkedState : IState
{
    public const string StateName = "Parked";

    public string Name => StateName;

    public string? Reason => "its job is cancelled";

    public bool IsFinal => false;

    public bool IgnoreJobLoadException => false;

    public Dictionary<string, string> SerializeData() => [];
}
