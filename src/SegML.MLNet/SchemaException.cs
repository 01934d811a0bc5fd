namespace SegML.MLNet;

/// <summary>The data has no column of a name that a transform needs, or one of another type.</summary>
public sealed class SchemaException(string subject, string fault, string fix, Exception? inner = null)
    : SegMLException(subject, fault, fix, inner);
