using System.Buffers.Binary;
using System.IO.Hashing;

namespace SegML.Images;

/// <summary>
/// The contents of a PNG file's data chunks one after the other: one zlib stream (W3C PNG, section 10). Checks each
/// chunk's CRC when it has passed.
/// </summary>
internal sealed class PngDataStream : Stream
{
    private readonly FileStream _file;
    private readonly string _path;
    private long _left;
    private readonly Crc32 _crc = new();
    private bool _ended;

    /// <summary>Reads up to the first data chunk.</summary>
    /// <param name="file">The file, after its header; owned.</param>
    /// <param name="path">Its path, for errors.</param>
    /// <exception cref="ImageFormatException">The file ends before, or is damaged.</exception>
    public PngDataStream(FileStream file, string path)
    {
        _file = file;
        _path = path;
        NextChunk();
    }

    /// <summary>The palette: 256 colours, R G B; black beyond those that the file has.</summary>
    public byte[] Palette { get; } = new byte[256 * 3];

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        while (_left == 0 && !_ended)
        {
            EndChunk();
            NextChunk();
        }
        if (_ended)
        {
            return 0;
        }
        int read = _file.Read(buffer[..(int)Math.Min(buffer.Length, _left)]);
        if (read == 0)
        {
            throw SkiaDecoder.Truncated(_path);
        }
        _crc.Append(buffer[..read]);
        _left -= read;
        return read;
    }

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _file.Dispose();
        }
        base.Dispose(disposing);
    }

    // Goes to the next data chunk, over all others.
    private void NextChunk()
    {
        Span<byte> start = stackalloc byte[8];
        while (true)
        {
            Fill(start);
            uint length = BinaryPrimitives.ReadUInt32BigEndian(start);
            ReadOnlySpan<byte> type = start[4..];
            if (type.SequenceEqual("IEND"u8))
            {
                _ended = true;
                return;
            }
            if (type.SequenceEqual("IDAT"u8))
            {
                _left = length;
                _crc.Reset();
                _crc.Append(type);
                return;
            }
            if (type.SequenceEqual("PLTE"u8) && length <= Palette.Length)
            {
                Fill(Palette.AsSpan(0, (int)length));
                length = 0;
            }
            // The CRC follows. A length beyond the end makes the next chunk's start missing.
            _file.Seek(length + 4L, SeekOrigin.Current);
        }
    }

    private void EndChunk()
    {
        Span<byte> crc = stackalloc byte[4];
        Fill(crc);
        if (BinaryPrimitives.ReadUInt32BigEndian(crc) != _crc.GetCurrentHashAsUInt32())
        {
            throw new ImageFormatException(_path, "is damaged (its image data)", "copy it again from its source");
        }
    }

    private void Fill(Span<byte> bytes)
    {
        if (_file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
        {
            throw SkiaDecoder.Truncated(_path);
        }
    }
}
