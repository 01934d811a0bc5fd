namespace SegML.Training;

/// <summary>What samples hold.</summary>
/// <param name="Samples">How many there are.</param>
/// <param name="Pixels">Pixels by class id.</param>
public sealed record SampleCounts(int Samples, IReadOnlyList<long> Pixels);
