using System.Buffers;

namespace SegML.Training.Data;

/// <summary>Bytes of a mapped file, which must stay mapped as long as they are used.</summary>
internal sealed unsafe class MappedBytes(byte* start, int length) : MemoryManager<byte>
{
    public override Span<byte> GetSpan() => new(start, length);

    public override MemoryHandle Pin(int elementIndex = 0) => new(start + elementIndex);

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
    }
}
