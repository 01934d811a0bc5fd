namespace SegML.Onnx;

/// <summary>
/// A module cannot be exported, or a model cannot be converted or quantized, or the result does not compute what it should.
/// <see cref="Exception.Message"/> is one line that names the subject, what is wrong with it and what to do. No file has been
/// written, and one that existed is as it was.
/// </summary>
public sealed class OnnxExportException : Exception
{
    /// <param name="subject">What the fault is in: a module's path and type, a file, or an argument.</param>
    /// <param name="fault">What is wrong, as the second half of a sentence that begins with the subject: "is in training mode".</param>
    /// <param name="fix">What to do about it, without a full stop: "call eval() before the export".</param>
    /// <param name="inner">The exception behind it, if any.</param>
    public OnnxExportException(string subject, string fault, string fix, Exception? inner = null)
        : base($"{subject} {fault}; {fix}".ReplaceLineEndings(" "), inner)
    {
        Subject = subject;
        Fault = fault;
        Fix = fix;
    }

    /// <summary>What the fault is in.</summary>
    public string Subject { get; }

    /// <summary>What is wrong with it.</summary>
    public string Fault { get; }

    /// <summary>What to do about it.</summary>
    public string Fix { get; }

    /// <summary>When the model does not compute what the module computes: the first module whose output differs, if one alone does.</summary>
    public ModuleParity? FirstDivergent { get; init; }

    /// <summary>The module itself could not run the input, so that nothing is wrong with the export as such.</summary>
    internal bool InputRefused { get; init; }

    /// <summary>The model differs by no more than rounding moves the module itself.</summary>
    internal bool IsRounding { get; init; }

    /// <summary>The model is right at the sizes that it was made of, and not at another: it may be made again, of that one too.</summary>
    internal bool IsCoincidence { get; init; }

    /// <summary>The graph can show one input size only, so that fixing the dimensions helps.</summary>
    internal bool SizeDependent { get; init; }
}
