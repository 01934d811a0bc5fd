namespace SegML.Annotations.Formats;

/// <summary>
/// XML as it is read, up to a text or an attribute that is longer than any annotation has: XmlReader would hold all of it, several times over. Between
/// two of them there is a "&lt;", which neither contains.
/// </summary>
/// <param name="inner">The XML; not disposed.</param>
internal sealed class BoundedMarkup(Stream inner) : Stream
{
    // A mask of a 100-megapixel image as run lengths in text takes less.
    private const long MostBytes = 32L << 20;

    private long _since;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => inner.Length;

    public override long Position
    {
        get => inner.Position;
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <exception cref="IOException">A text or attribute is too long, or the stream cannot be read.</exception>
    public override int Read(Span<byte> buffer)
    {
        int read = inner.Read(buffer), last = buffer[..read].LastIndexOf((byte)'<');
        _since = last < 0 ? _since + read : read - last;
        return _since <= MostBytes ? read : throw new IOException($"it holds a text of more than {MostBytes >> 20} MB");
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
