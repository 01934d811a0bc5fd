using SegML.Pipelines;

namespace SegML.Datasets;

/// <summary>What a check of a data set looks at beside what training needs to be sound.</summary>
public sealed record DatasetCheckOptions
{
    /// <summary>Whether images are measured too: their channels' mean and standard deviation, and their likeness. Default false.</summary>
    public bool Measure { get; init; }

    /// <summary>How images become the network's input: they must have its channels, and those are measured. Default RGB.</summary>
    public InputOptions Input { get; init; } = new();
}
