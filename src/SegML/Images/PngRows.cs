using System.Buffers.Binary;
using System.IO.Compression;
using SegML.Files;

namespace SegML.Images;

/// <summary>
/// A PNG decoded row by row from its file: 8 bits a sample, not interlaced. Skia cannot: it decodes PNGs whole. Alpha is
/// dropped.
/// </summary>
internal sealed class PngRows : ImageRows
{
    private readonly PngDataStream _data;
    private readonly ZLibStream _inflated;
    private readonly ImageReadOptions _options;
    private readonly PngKind _kind;
    private readonly int _bytes;
    private byte[] _row, _above;
    private int _done;

    private PngRows(string path, ImageReadOptions options, PngDataStream data, PngHeader header)
        : base(path, header.Width, header.Height)
    {
        _options = options;
        _data = data;
        _inflated = new ZLibStream(data, CompressionMode.Decompress);
        _kind = header.Kind;
        _bytes = header.Bits / 8;
        _row = new byte[header.RowBytes(header.Width)];
        _above = new byte[_row.Length];
    }

    /// <summary>Opens a file; null where it is none that can be read this way.</summary>
    /// <exception cref="ImageFormatException">The file is missing, a folder, unreadable, truncated, damaged or too large.</exception>
    public static PngRows? TryOpen(string path, ImageReadOptions options)
    {
        EncodedFile.RefuseDevice(path, ImageFile.Fault);
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        }
        catch (Exception e) when (UnreadableFile.Is(e))
        {
            throw UnreadableFile.Fault(path, ImageFile.Fault, e);
        }
        PngRows? rows = null;
        try
        {
            Span<byte> start = stackalloc byte[PngHeader.Size];
            if (file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length
                && PngHeader.TryRead(start, out PngHeader header) && header is { Depth: 8, Interlaced: false })
            {
                SkiaDecoder.CheckSize(header.Width, header.Height, path, options.MaxPixels);
                rows = new PngRows(path, options, new PngDataStream(file, path), header);
                return rows;
            }
            return null;
        }
        finally
        {
            if (rows is null)
            {
                file.Dispose();
            }
        }
    }

    protected override void ReadRows(Span<byte> rows)
    {
        for (; !rows.IsEmpty; rows = rows[(4 * Width)..])
        {
            ReadRow();
            Expand(_row, rows[..(4 * Width)]);
            (_row, _above) = (_above, _row);
        }
    }

    public override ImageRows Reopen() => Open(Name, _options);

    public override void Dispose()
    {
        _inflated.Dispose();
        _data.Dispose();
    }

    private void ReadRow()
    {
        try
        {
            int filter = _inflated.ReadByte();
            if (filter < 0 || _inflated.ReadAtLeast(_row, _row.Length, throwOnEndOfStream: false) < _row.Length)
            {
                throw SkiaDecoder.Truncated(Name);
            }
            if (!PngFilter.Undo((byte)filter, _row, _done == 0 ? default : _above, _bytes))
            {
                throw new InvalidDataException($"filter {filter}");
            }
            if (++_done == Height)
            {
                ReadEnd();
            }
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw new ImageFormatException(Name, $"is damaged ({e.Message.TrimEnd('.')})", "copy it again from its source", e);
        }
    }

    // To the checksum, and to the file's last chunk.
    private void ReadEnd()
    {
        if (_inflated.ReadByte() >= 0 || _data.ReadByte() >= 0)
        {
            throw new InvalidDataException("it has more data than pixels");
        }
    }

    private void Expand(ReadOnlySpan<byte> row, Span<byte> rgba)
    {
        ReadOnlySpan<byte> palette = _data.Palette;
        for (int x = 0, from = 0, to = 0; x < Width; x++, from += _bytes, to += 4)
        {
            ReadOnlySpan<byte> color = _kind switch
            {
                PngKind.Rgb or PngKind.Rgba => row.Slice(from, 3),
                PngKind.Indexed => palette.Slice(3 * row[from], 3),
                _ => [row[from], row[from], row[from]],
            };
            (rgba[to], rgba[to + 1], rgba[to + 2], rgba[to + 3]) = (color[0], color[1], color[2], 255);
        }
    }
}
