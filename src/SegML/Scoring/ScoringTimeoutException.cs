namespace SegML.Scoring;

/// <summary>Scoring took longer than <see cref="SegmenterOptions.TimeLimit"/> and was stopped.</summary>
public sealed class ScoringTimeoutException(string subject, string fault, string fix, Exception? inner = null) : SegMLException(subject, fault, fix, inner);
