using System.Text;
using System.Text.Json;
using System.Xml;
using Microsoft.Win32.SafeHandles;
using SegML.Files;
using SegML.Images;

namespace SegML.Annotations.Formats;

/// <summary>An annotation file, opened once: to be recognised and then read.</summary>
public sealed class AnnotationContent : IDisposable
{
    private const int StartBytes = 4096;

    private readonly FileStream _stream;
    private readonly byte[] _start;

    private AnnotationContent(string path, FileStream stream, byte[] start)
    {
        (Path, _stream, _start) = (path, stream, start);
        if (Start is [(byte)'<', ..])
        {
            XmlRoot = RootName();
        }
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Its first bytes, up to 4096, without a byte order mark and blanks in front.</summary>
    public ReadOnlySpan<byte> Start
    {
        get
        {
            ReadOnlySpan<byte> all = _start;
            return (all.StartsWith("\uFEFF"u8) ? all[3..] : all).TrimStart(" \t\r\n"u8);
        }
    }

    /// <summary>Whether the file has no bytes at all.</summary>
    public bool IsEmpty => _start.Length == 0;

    /// <summary>The root element's name, of an XML file; else null.</summary>
    public string? XmlRoot { get; }

    /// <summary>What is at the root of a JSON file, as far as it was looked at; else null.</summary>
    internal JsonOutline? Json { get; private set; }

    /// <summary>The content, from its beginning.</summary>
    public Stream FromStart()
    {
        _stream.Position = 0;
        return _stream;
    }

    /// <summary>The whole content as text in UTF-8.</summary>
    public string ReadText()
    {
        using var reader = new StreamReader(FromStart(), new UTF8Encoding(false), true, 1 << 16, leaveOpen: true);
        return Reading(reader.ReadToEnd);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _stream.Dispose();

    /// <summary>Opens a file.</summary>
    /// <exception cref="AnnotationFormatException">It is missing or unreadable, blank, or not text.</exception>
    internal static AnnotationContent Open(string path)
    {
        FileStream stream = OpenStream(path);
        try
        {
            var start = new byte[StartBytes];
            int length = stream.ReadAtLeast(start, StartBytes, throwOnEndOfStream: false);
            var content = new AnnotationContent(path, stream, start[..length]);
            if (ForeignFormats.NotText(start.AsSpan(0, length)) is { } other)
            {
                throw new AnnotationFormatException(path, other.Fault, other.Fix);
            }
            return length > 0 && content.Start.IsEmpty && length < StartBytes
                ? throw new AnnotationFormatException(path, "is blank", "export it again")
                : content;
        }
        catch (Exception e)
        {
            stream.Dispose();
            if (e is IOException or UnauthorizedAccessException or NotSupportedException)
            {
                throw UnreadableFile.Fault(path, Fault, e);
            }
            throw;
        }
    }

    /// <summary>Looks through the file until its format is known.</summary>
    /// <param name="known">Whether it is, after what has been seen so far.</param>
    internal void Look(Func<bool> known)
    {
        if (Start is [(byte)'{' or (byte)'[', ..])
        {
            Json = new JsonOutline();
            Json.Read(FromStart(), Path, known);
            return;
        }
        known();
    }

    /// <summary>The whole content as JSON.</summary>
    internal JsonDocument ReadJson()
    {
        var bytes = new byte[Reading(() => _stream.Length)];
        Reading(() =>
        {
            FromStart().ReadExactly(bytes);
            return true;
        });
        ReadOnlyMemory<byte> content = bytes;
        return JsonText.Parse(content.Span.StartsWith("\uFEFF"u8) ? content[3..] : content, Path);
    }

    internal static FileStream OpenStream(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        EncodedFile.RefuseDevice(path, Fault);
        return UnreadableFile.Reading(path, Fault, () => new FileStream(File.OpenHandle(path, options: FileOptions.SequentialScan), FileAccess.Read, 0));
    }

    internal static SegMLException Fault(string path, string fault, string fix, Exception? inner) =>
        new AnnotationFormatException(path, fault, fix, inner);

    private T Reading<T>(Func<T> read) => UnreadableFile.Reading(Path, Fault, read);

    private string? RootName()
    {
        try
        {
            using XmlReader xml = XmlText.Reader(new MemoryStream(_start));
            return xml.MoveToContent() == XmlNodeType.Element ? xml.Name : null;
        }
        catch (XmlException)
        {
            return null;
        }
    }
}
