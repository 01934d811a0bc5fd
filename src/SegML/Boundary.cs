using SegML.Video;

namespace SegML;

/// <summary>
/// Where SegML reads what others made: images, annotations, models, videos, archives. Whatever a decoder, a runtime or SegML's own reading throws
/// there becomes the typed error of that kind of input, in one line that names it. Errors that are typed already, cancellation and
/// objects that the caller has disposed pass as they are.
/// </summary>
internal sealed class Boundary
{
    private const int MostReason = 200;

    private static readonly AsyncLocal<Func<Boundary, Exception?>?> _injected = new();

    private readonly Func<string, string, string, Exception?, SegMLException> _fault;
    private readonly string _fix;

    private Boundary(string name, Func<string, string, string, Exception?, SegMLException> fault, string fix) => (Name, _fault, _fix) = (name, fault, fix);

    public static Boundary Image { get; } = new("image", (s, f, x, e) => new ImageFormatException(s, f, x, e), "copy it again from its source, or convert it");

    public static Boundary Mask { get; } = new("mask", (s, f, x, e) => new MaskFormatException(s, f, x, e), "copy it again from its source, or draw it again");

    public static Boundary Annotation { get; } = new("annotation", (s, f, x, e) => new AnnotationFormatException(s, f, x, e), "export it again");

    public static Boundary Pipeline { get; } = new("pipeline", (s, f, x, e) => new PipelineFormatException(s, f, x, e), "correct it, or write it again");

    public static Boundary Model { get; } = new("model", (s, f, x, e) => new ModelFormatException(s, f, x, e), "export it again");

    public static Boundary Checkpoint { get; } = new("checkpoint", (s, f, x, e) => new ModelFormatException(s, f, x, e), "restore it, or train again");

    public static Boundary Video { get; } = new("video", (s, f, x, e) => new VideoFormatException(s, f, x, e), "check that it plays, or copy it again from its source");

    public static Boundary Archive { get; } = new("archive", (s, f, x, e) => new DatasetException(s, f, x, e), "copy it again from its source, or unpack it yourself and name the folder");

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Boundary> All { get; } = [Image, Mask, Annotation, Pipeline, Model, Checkpoint, Video, Archive];

    /// <summary>For tests, on this thread and in its tasks: what is thrown where a boundary is crossed; null: nothing.</summary>
    public static Func<Boundary, Exception?>? Injected
    {
        get => _injected.Value;
        set => _injected.Value = value;
    }

    /// <summary>What is read there.</summary>
    public string Name { get; }

    /// <summary>Reads.</summary>
    /// <param name="subject">What errors call the input.</param>
    /// <param name="read">Reads it.</param>
    public T Cross<T>(string subject, Func<T> read) => Cross(subject, read, static r => r());

    /// <summary>Reads from a span or another value that must stay on the stack.</summary>
    /// <param name="subject">What errors call the input.</param>
    /// <param name="state">What to read from.</param>
    /// <param name="read">Reads it.</param>
    public T Cross<TState, T>(string subject, TState state, Func<TState, T> read)
        where TState : allows ref struct
    {
        try
        {
            return Injected?.Invoke(this) is { } injected ? throw injected : read(state);
        }
        catch (Exception e) when (e is not (SegMLException or OperationCanceledException or ObjectDisposedException))
        {
            throw _fault(subject, $"cannot be read ({Reason(e)})", _fix, e);
        }
    }

    /// <summary>An exception's reason in a few words.</summary>
    public static string Reason(Exception e)
    {
        string text = e is OutOfMemoryException ? "it takes more memory than there is" : e.Message.ReplaceLineEndings(" ").TrimEnd('.', ' ');
        return text.Length <= MostReason ? text : text[..MostReason] + "...";
    }
}
