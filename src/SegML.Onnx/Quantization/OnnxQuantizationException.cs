namespace SegML.Onnx.Quantization;

/// <summary>
/// A model cannot be quantized, its calibration feeds do not fit it, or the result would be too far from it.
/// <see cref="Exception.Message"/> is one line that names the subject, what is wrong with it and what to do. No file has been
/// written, and one that existed is as it was.
/// </summary>
public sealed class OnnxQuantizationException : Exception
{
    /// <param name="subject">What the fault is in: a model file, a feed, or an option.</param>
    /// <param name="fault">What is wrong, as the second half of a sentence that begins with the subject: "is quantized already".</param>
    /// <param name="fix">What to do about it, without a full stop: "quantize the float32 model".</param>
    /// <param name="inner">The exception behind it, if any.</param>
    public OnnxQuantizationException(string subject, string fault, string fix, Exception? inner = null)
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
}
