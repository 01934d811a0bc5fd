using System.Text;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using SegML.Images;

namespace SegML.Annotations;

/// <summary>
/// Reads annotation files: Supervisely, LabelMe, COCO and Cityscapes JSON, CVAT XML and YOLO segment text. The format is
/// recognised by the file's content. A new format is a reader in a file of its own and a line here.
/// </summary>
public static class AnnotationFile
{
    internal const string KnownFormats = "use Supervisely, LabelMe, COCO or Cityscapes JSON, CVAT XML for images, or YOLO segment text";

    // Annotations nest some six levels deep; what nests deeper is not one, and would cost stack.
    internal const int MaxDepth = 32;

    /// <summary>Reads the annotations of one image.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What the file itself may leave open; null: the defaults.</param>
    /// <exception cref="AnnotationFormatException">
    /// The file is missing, empty, unreadable, truncated, of no known format, contradicts its format, or annotates more images than one.
    /// </exception>
    public static AnnotatedImage Read(string path, AnnotationOptions? options = null)
    {
        using IEnumerator<AnnotatedImage> images = ReadAll(path, options).GetEnumerator();
        if (!images.MoveNext())
        {
            throw new AnnotationFormatException(path, "annotates no image", "export it again");
        }
        AnnotatedImage image = images.Current;
        return images.MoveNext()
            ? throw new AnnotationFormatException(path, "annotates several images", "read it with AnnotationFile.ReadAll")
            : image;
    }

    /// <summary>
    /// Reads the annotations of all images in a file, one at a time: a COCO or CVAT file larger than memory will do. Nothing is read
    /// before the first image is asked for.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What the file itself may leave open; null: the defaults.</param>
    /// <exception cref="AnnotationFormatException">As for <see cref="Read"/>; thrown while the images are asked for.</exception>
    public static IEnumerable<AnnotatedImage> ReadAll(string path, AnnotationOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Checked(path, options ?? new AnnotationOptions());
    }

    /// <summary>
    /// Finds the images of a file, to be read in any order. Of COCO's annotations only the places are kept, of other files all that was drawn.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <exception cref="AnnotationFormatException">As for <see cref="Read"/>; what is wrong with one image of a COCO file is thrown when it is read.</exception>
    internal static IReadOnlyList<AnnotationEntry> Index(string path)
    {
        if (!IsJsonObject(path) || !IsCoco(path))
        {
            return [.. ReadAll(path).Select(image => new AnnotationEntry(image.Name, () => image))];
        }
        CocoReader reader = Unicode(path, () => CocoReader.Open(path));
        return [.. Enumerable.Range(0, reader.Count).Select(i => new AnnotationEntry(reader.NameOf(i), () =>
        {
            AnnotatedImage image = Unicode(path, () => reader.Read(i));
            image.Validate();
            return image;
        }))];
    }

    private static T Unicode<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException e)
        {
            throw NotUnicode(path, e);
        }
    }

    // What System.Text.Json says to text with broken UTF-8 or half a surrogate pair, wherever that text is looked at.
    private static AnnotationFormatException NotUnicode(string path, InvalidOperationException e) =>
        new(path, "holds text that is not Unicode", "export it again as UTF-8", e);

    private static IEnumerable<AnnotatedImage> Checked(string path, AnnotationOptions options)
    {
        IEnumerator<AnnotatedImage>? images = null;
        try
        {
            while (Next(ref images, path, options) is { } image)
            {
                image.Validate();
                yield return image;
            }
        }
        finally
        {
            images?.Dispose();
        }
    }

    private static AnnotatedImage? Next(ref IEnumerator<AnnotatedImage>? images, string path, AnnotationOptions options)
    {
        try
        {
            images ??= Dispatch(path, options).GetEnumerator();
            return images.MoveNext() ? images.Current : null;
        }
        catch (InvalidOperationException e)
        {
            throw NotUnicode(path, e);
        }
    }

    private static IEnumerable<AnnotatedImage> Dispatch(string path, AnnotationOptions options)
    {
        // An empty YOLO file is an image on which nothing was drawn.
        if (Path.GetExtension(path).Equals(".txt", StringComparison.OrdinalIgnoreCase) && new FileInfo(path) is { Exists: true, Length: 0 })
        {
            return [YoloReader.Read("", path, options)];
        }
        using EncodedFile head = EncodedFile.Read(path, Fault, 4096);
        ReadOnlySpan<byte> content = Start(head);
        return content.IsEmpty ? throw new AnnotationFormatException(path, "is blank", "export it again")
            : content[0] == (byte)'<' && CvatReader.Recognises(content) ? CvatReader.ReadAll(path, options)
            : content[0] == (byte)'{' && IsCoco(path) ? CocoReader.ReadAll(path)
            : content[0] is (byte)'{' or (byte)'[' || !YoloReader.Recognises(content) ? [ReadJson(path, options)]
            : [ReadText(path, options)];
    }

    private static bool IsJsonObject(string path)
    {
        using EncodedFile head = EncodedFile.Read(path, Fault, 4096);
        return Start(head).StartsWith("{"u8);
    }

    private static ReadOnlySpan<byte> Start(EncodedFile head)
    {
        ReadOnlySpan<byte> content = head.Bytes.StartsWith("\uFEFF"u8) ? head.Bytes[3..] : head.Bytes;
        return content.TrimStart(" \t\r\n"u8);
    }

    private static bool IsCoco(string path)
    {
        bool coco = false;
        using var stream = new FileStream(Open(path), FileAccess.Read, 0);
        new JsonParts(stream, path).Visit((property, _, part, _) => !(coco = part is [(byte)'['] && CocoReader.Recognises(property))
            && property is not ("objects" or "shapes"));
        return coco;
    }

    private static AnnotatedImage ReadJson(string path, AnnotationOptions options)
    {
        using EncodedFile file = EncodedFile.Read(path, Fault);
        ReadOnlyMemory<byte> content = file.Array.AsMemory(0, file.Length);
        using JsonDocument document = Parse(content.Span.StartsWith("\uFEFF"u8) ? content[3..] : content, path);
        var root = new JsonField(document.RootElement, path);
        return LabelMeReader.Recognises(root) ? LabelMeReader.Read(root, options)
            : CityscapesReader.Recognises(root) ? CityscapesReader.Read(root)
            : SuperviselyReader.Recognises(root) ? SuperviselyReader.Read(root, options)
            : throw new AnnotationFormatException(path, "is JSON, but of no annotation format that is known", KnownFormats);
    }

    private static AnnotatedImage ReadText(string path, AnnotationOptions options)
    {
        using EncodedFile file = EncodedFile.Read(path, Fault);
        return YoloReader.Read(Encoding.UTF8.GetString(file.Bytes), path, options);
    }

    internal static JsonDocument Parse(ReadOnlyMemory<byte> content, string path)
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

    internal static SafeFileHandle Open(string path)
    {
        try
        {
            return File.OpenHandle(path, options: FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw EncodedFile.Unreadable(path, Fault, e);
        }
    }

    private static SegMLException Fault(string path, string fault, string fix, Exception? inner) =>
        new AnnotationFormatException(path, fault, fix, inner);
}
