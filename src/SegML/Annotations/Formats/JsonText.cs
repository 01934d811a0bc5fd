using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace SegML.Annotations.Formats;

/// <summary>Parses the JSON of annotation files, whole or a part at a place in the file.</summary>
internal static class JsonText
{
    // Annotations nest some six levels deep; what nests deeper is not one, and would cost stack.
    public const int MaxDepth = 32;

    public static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = MaxDepth, CommentHandling = JsonCommentHandling.Skip };

    /// <summary>Parses JSON.</summary>
    /// <exception cref="AnnotationFormatException">It is not JSON, or is truncated.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> content, string path)
    {
        try
        {
            return JsonDocument.Parse(content, new JsonDocumentOptions { MaxDepth = MaxDepth, CommentHandling = JsonCommentHandling.Skip });
        }
        catch (JsonException e)
        {
            throw new AnnotationFormatException(path, $"is not valid JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}) or is truncated",
                "export it again", e);
        }
    }

    /// <summary>Reads and parses a part of a file. Thread-safe.</summary>
    public static JsonDocument ReadPart(SafeFileHandle file, string path, long offset, int length) => Parse(FilePart.Read(file, path, offset, length), path);

    /// <summary>Runs what looks at texts: System.Text.Json finds broken UTF-8 and half surrogate pairs only then.</summary>
    /// <exception cref="AnnotationFormatException">There is text that is not Unicode.</exception>
    public static T Unicode<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException e)
        {
            throw new AnnotationFormatException(path, "holds text that is not Unicode", "export it again as UTF-8", e);
        }
    }
}
