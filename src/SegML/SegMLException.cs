namespace SegML;

/// <summary>
/// What SegML throws for input that it cannot work with. <see cref="Exception.Message"/> is one line that names the
/// subject (usually a file), what is wrong with it, and what to do.
/// </summary>
public class SegMLException : Exception
{
    /// <param name="subject">What the fault is in: a file's path, or the name of an argument or option.</param>
    /// <param name="fault">What is wrong, as the second half of a sentence that begins with the subject: "is empty".</param>
    /// <param name="fix">What to do about it, as a sentence without its full stop: "export the model again".</param>
    /// <param name="inner">The exception behind it, if any.</param>
    public SegMLException(string subject, string fault, string fix, Exception? inner = null)
        : base(OneLine($"{subject} {fault}; {fix}"), inner)
    {
        Subject = subject;
        Fault = fault;
        Fix = fix;
    }

    /// <summary>What the fault is in: a file's path, or the name of an argument or option.</summary>
    public string Subject { get; }

    /// <summary>What is wrong with it.</summary>
    public string Fault { get; }

    /// <summary>What to do about it.</summary>
    public string Fix { get; }

    // File names and contents may hold what moves a terminal's cursor or turns its text around.
    private static string OneLine(string text)
    {
        string line = text.ReplaceLineEndings(" ");
        return line.Any(IsUnprintable) ? string.Concat(line.Select(c => IsUnprintable(c) ? $"\\u{(int)c:x4}" : c.ToString())) : line;

        static bool IsUnprintable(char c) => char.IsControl(c) || char.GetUnicodeCategory(c) == System.Globalization.UnicodeCategory.Format;
    }
}

/// <summary>An image file or stream cannot be read: missing, empty, truncated, too large, or not an image.</summary>
public sealed class ImageFormatException(string subject, string fault, string fix, Exception? inner = null)
    : SegMLException(subject, fault, fix, inner)
{
    /// <summary>The image's size where that is the fault: it is above a limit; null: it is not.</summary>
    internal (int Width, int Height)? TooLarge { get; init; }
}

/// <summary>A mask cannot be read, or holds values outside the classes, or does not fit its image.</summary>
public sealed class MaskFormatException(string subject, string fault, string fix, Exception? inner = null)
    : SegMLException(subject, fault, fix, inner);

/// <summary>An annotation file cannot be read, or names classes that the pipeline does not have.</summary>
public sealed class AnnotationFormatException(string subject, string fault, string fix, Exception? inner = null)
    : SegMLException(subject, fault, fix, inner)
{
    /// <summary>What kind of fault it is, for counting.</summary>
    public AnnotationFaultKind Kind { get; init; } = AnnotationFaultKind.Malformed;
}

/// <summary>A pipeline file is missing, is not valid JSON, has an unknown key, or contradicts itself.</summary>
public sealed class PipelineFormatException(string subject, string fault, string fix, Exception? inner = null)
    : SegMLException(subject, fault, fix, inner);

/// <summary>A data set's folders do not hold what the pipeline file says: no images, or images without masks.</summary>
public sealed class DatasetException(string subject, string fault, string fix, Exception? inner = null)
    : SegMLException(subject, fault, fix, inner);

/// <summary>A model or checkpoint cannot be read, or is not one that SegML wrote.</summary>
public sealed class ModelFormatException(string subject, string fault, string fix, Exception? inner = null)
    : SegMLException(subject, fault, fix, inner);

/// <summary>The device that was asked for is not there.</summary>
public sealed class DeviceException(string subject, string fault, string fix, Exception? inner = null)
    : SegMLException(subject, fault, fix, inner);

/// <summary>A file or folder cannot be written: no permission, no space, or the path is taken.</summary>
public sealed class OutputException(string subject, string fault, string fix, Exception? inner = null)
    : SegMLException(subject, fault, fix, inner);
