using BitMiracle.LibTiff.Classic;

namespace SegML.ImageSharp;

/// <summary>A file's bytes, where LibTiff reads them, and the first error that it reported.</summary>
internal sealed class TiffContent(byte[] bytes)
{
    public byte[] Bytes => bytes;

    public long Position { get; set; }

    public string? Message { get; set; }
}

/// <summary>Reads a <see cref="TiffContent"/>.</summary>
internal sealed class TiffContentStream : TiffStream
{
    public override int Read(object clientData, byte[] buffer, int offset, int count)
    {
        var content = (TiffContent)clientData;
        int read = (int)Math.Clamp(content.Bytes.Length - content.Position, 0, count);
        Array.Copy(content.Bytes, content.Position, buffer, offset, read);
        content.Position += read;
        return read;
    }

    public override long Seek(object clientData, long offset, SeekOrigin origin)
    {
        var content = (TiffContent)clientData;
        long from = origin switch { SeekOrigin.Begin => 0, SeekOrigin.Current => content.Position, _ => content.Bytes.Length };
        return offset == -1 ? -1 : content.Position = Math.Clamp(from + offset, 0, content.Bytes.Length);
    }

    public override long Size(object clientData) => ((TiffContent)clientData).Bytes.Length;

    public override void Close(object clientData)
    {
    }

    public override void Write(object clientData, byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

/// <summary>Keeps LibTiff's messages with the file that they are about; by itself it prints them to standard error. Others' files keep their handler.</summary>
internal sealed class TiffMessages : TiffErrorHandler
{
    private static readonly Lazy<TiffErrorHandler?> Installed = new(() => Tiff.SetErrorHandler(new TiffMessages()));

    /// <summary>Puts it in place, once.</summary>
    public static void Install() => _ = Installed.Value;

    public override void ErrorHandlerExt(Tiff tif, object clientData, string method, string format, params object[] args)
    {
        if (clientData is TiffContent content)
        {
            content.Message ??= string.Format(System.Globalization.CultureInfo.InvariantCulture, format, args).ReplaceLineEndings(" ").TrimEnd('.', ' ');
        }
    }

    public override void WarningHandlerExt(Tiff tif, object clientData, string method, string format, params object[] args)
    {
    }

    public override void ErrorHandler(Tiff tif, string method, string format, params object[] args)
    {
    }

    public override void WarningHandler(Tiff tif, string method, string format, params object[] args)
    {
    }
}
