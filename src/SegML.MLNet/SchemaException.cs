namespace SegML.MLNet;

/// <summary>
/// The data has no column of a name that a transform needs, or one of another type. An <see cref="ArgumentOutOfRangeException"/>, which is what
/// ML.NET's own transforms throw then.
/// </summary>
public sealed class SchemaException : ArgumentOutOfRangeException
{
    /// <param name="subject">What the fault is in: a column.</param>
    /// <param name="fault">What is wrong, as the second half of a sentence that begins with the subject.</param>
    /// <param name="fix">What to do about it, as a sentence without its full stop.</param>
    /// <param name="inner">The exception behind it, if any.</param>
    public SchemaException(string subject, string fault, string fix, Exception? inner = null)
        : base($"{subject} {fault}; {fix}".ReplaceLineEndings(" "), inner)
    {
        Subject = subject;
        Fault = fault;
        Fix = fix;
    }

    /// <summary>What the fault is in: a column.</summary>
    public string Subject { get; }

    /// <summary>What is wrong with it.</summary>
    public string Fault { get; }

    /// <summary>What to do about it.</summary>
    public string Fix { get; }
}
