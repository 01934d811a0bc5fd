using SegML.Pipelines;

namespace SegML.Discovery;

/// <summary>A data set as it was found in a folder: classes, sources and splits, and how each was recognised.</summary>
public sealed record DiscoveredSet
{
    /// <summary>The pipeline's name, classes and data; everything else is as by default.</summary>
    public required Pipeline Pipeline { get; init; }

    /// <summary>What was recognised and chosen, and why: the key of the pipeline file that it decided, and a sentence without a full stop.</summary>
    public required IReadOnlyList<(string Key, string Reason)> Choices { get; init; }
}
