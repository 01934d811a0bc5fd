namespace SegML.Scoring;

/// <summary>Options that a model cannot be scored with, such as tiles smaller than what the network sees.</summary>
public sealed class ScoringOptionsException(string subject, string fault, string fix, Exception? inner = null)
    : SegMLException(subject, fault, fix, inner);
