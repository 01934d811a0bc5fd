using SegML.Evaluation;

namespace SegML.Cli.Quickstart;

/// <summary>What a quickstart came to.</summary>
/// <param name="Folder">Where everything is.</param>
/// <param name="Metrics">Figures of the reloaded pipeline on unseen scenes.</param>
/// <param name="Steps">What was done, in order, and how long it took.</param>
public sealed record QuickstartResult(QuickstartFolder Folder, SegmentationMetrics Metrics, IReadOnlyList<(string Step, TimeSpan Time)> Steps);
