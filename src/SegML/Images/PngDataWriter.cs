using System.Buffers.Binary;
using System.IO.Hashing;

namespace SegML.Images;

/// <summary>
/// Writes a PNG file's compressed data as data chunks of a bounded size, so that neither the data nor its length need
/// be known before it is written.
/// </summary>
internal sealed class PngDataWriter(Stream png) : Stream
{
    private readonly byte[] _buffer = new byte[1 << 16];
    private int _filled;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            int count = Math.Min(buffer.Length, _buffer.Length - _filled);
            buffer[..count].CopyTo(_buffer.AsSpan(_filled));
            _filled += count;
            buffer = buffer[count..];
            if (_filled == _buffer.Length)
            {
                WriteFilled();
            }
        }
    }

    /// <summary>Writes a chunk of any type.</summary>
    public static void WriteChunk(Stream png, ReadOnlySpan<byte> type, ReadOnlySpan<byte> content)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        png.Write(number);
        png.Write(type);
        png.Write(content);
        var crc = new Crc32();
        crc.Append(type);
        crc.Append(content);
        BinaryPrimitives.WriteUInt32BigEndian(number, crc.GetCurrentHashAsUInt32());
        png.Write(number);
    }

    // A compressor flushes more often than chunks are worth having.
    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            WriteFilled();
        }
        base.Dispose(disposing);
    }

    private void WriteFilled()
    {
        if (_filled > 0)
        {
            WriteChunk(png, "IDAT"u8, _buffer.AsSpan(0, _filled));
            _filled = 0;
        }
    }
}
