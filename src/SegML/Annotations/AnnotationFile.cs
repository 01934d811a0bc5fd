using System.Text.Json;
using SegML.Images;

namespace SegML.Annotations;

/// <summary>
/// Reads annotation files. The format is recognised by the file's content: today Supervisely's JSON. A new format is a
/// reader in a file of its own and a line in <see cref="Dispatch"/>.
/// </summary>
public static class AnnotationFile
{
    // Annotations nest some six levels deep; what nests deeper is not one, and would cost stack.
    private const int MaxDepth = 32;

    /// <summary>Reads the annotations of one image.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What the file itself may leave open; null: the defaults.</param>
    /// <exception cref="AnnotationFormatException">The file is missing, empty, unreadable, truncated, of no known format, or contradicts its format.</exception>
    public static AnnotatedImage Read(string path, AnnotationOptions? options = null)
    {
        using EncodedFile file = EncodedFile.Read(path, Fault);
        ReadOnlyMemory<byte> content = file.Array.AsMemory(0, file.Length);
        if (content.Span.StartsWith("\uFEFF"u8))
        {
            content = content[3..];
        }
        using JsonDocument document = Parse(content, path);
        AnnotatedImage image = Dispatch(document.RootElement, path, options ?? new AnnotationOptions());
        image.Validate();
        return image;
    }

    private static AnnotatedImage Dispatch(JsonElement root, string path, AnnotationOptions options)
    {
        if (SuperviselyReader.Recognises(root))
        {
            return SuperviselyReader.Read(root, path, options);
        }
        throw new AnnotationFormatException(path, "is JSON, but of no annotation format that is known",
            "use Supervisely's JSON: an object with \"size\" and \"objects\"");
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> content, string path)
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

    private static SegMLException Fault(string path, string fault, string fix, Exception? inner) =>
        new AnnotationFormatException(path, fault, fix, inner);
}
