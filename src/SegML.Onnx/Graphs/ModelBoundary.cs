using System.Runtime.ExceptionServices;

namespace SegML.Onnx.Graphs;

/// <summary>
/// Where models of any origin are worked on. Whatever is thrown there - by protocol buffers, by ONNX Runtime, by our own reading of a graph that is not as ONNX says -
/// becomes an <see cref="OnnxExportException"/>, in one line that names the file. Errors that are typed already, cancellation, disposed objects, and what
/// the caller's own code throws pass as they are.
/// </summary>
internal static class ModelBoundary
{
    private const int MostReason = 200;

    private static readonly AsyncLocal<Func<Exception?>?> _injected = new();

    /// <summary>For tests, on this thread and in its tasks: what is thrown where the boundary is crossed; null: nothing.</summary>
    public static Func<Exception?>? Injected
    {
        get => _injected.Value;
        set => _injected.Value = value;
    }

    /// <summary>Works on a model.</summary>
    /// <param name="path">The file.</param>
    /// <param name="work">The work.</param>
    /// <exception cref="OnnxExportException">The model is not as ONNX says that it should be.</exception>
    public static T Cross<T>(string path, Func<T> work)
    {
        try
        {
            return Injected?.Invoke() is { } injected ? throw injected : work();
        }
        catch (CallersException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerException!);
            throw;
        }
        catch (Exception e) when (e is not (OnnxExportException or OperationCanceledException or ObjectDisposedException))
        {
            throw new OnnxExportException(path, $"is damaged, or not as ONNX says that it should be ({Reason(e)})", "export it again", e);
        }
    }

    /// <summary>Runs the caller's code within the boundary: what it throws is not the model's fault.</summary>
    public static T Callers<T>(Func<T> code)
    {
        try
        {
            return code();
        }
        catch (Exception e) when (e is not OnnxExportException)
        {
            throw new CallersException(e);
        }
    }

    /// <summary>A sequence of the caller's, read within the boundary.</summary>
    public static IEnumerable<T> Callers<T>(IEnumerable<T> items)
    {
        using IEnumerator<T> each = Callers(items.GetEnumerator);
        while (Callers(each.MoveNext))
        {
            yield return each.Current;
        }
    }

    private static string Reason(Exception e)
    {
        string text = e is OutOfMemoryException ? "it takes more memory than there is" : e.Message.ReplaceLineEndings(" ").TrimEnd('.', ' ');
        return text.Length <= MostReason ? text : text[..MostReason] + "...";
    }

    private sealed class CallersException(Exception inner) : Exception(inner.Message, inner);
}
