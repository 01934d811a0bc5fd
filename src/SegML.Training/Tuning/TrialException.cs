namespace SegML.Training.Tuning;

/// <summary>A trial cannot be trained with the values that were drawn for it: its loss is no longer a number, say. Others can.</summary>
public sealed class TrialException(string subject, string fault, string fix, Exception? inner = null)
    : SegMLException(subject, fault, fix, inner);
