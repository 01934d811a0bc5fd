using System.Buffers.Binary;
using System.Text;

namespace SegML.Scoring.Tiles;

/// <summary>
/// Walks the fields of one message in protobuf's wire format (https://protobuf.dev/programming-guides/encoding/): as much
/// of it as looking into an ONNX file takes, in place of a library that every app which only scores would have to carry.
/// </summary>
internal ref struct ProtobufFields(ReadOnlySpan<byte> message)
{
    private ReadOnlySpan<byte> _rest = message;

    /// <summary>The current field's number.</summary>
    public int Number { get; private set; }

    /// <summary>Its value where it is a number; 0 elsewhere.</summary>
    public long Value { get; private set; }

    /// <summary>Its content where it is a text, a message or a packed list; empty elsewhere.</summary>
    public ReadOnlySpan<byte> Content { get; private set; }

    /// <summary>The whole field: tag, length and content.</summary>
    public ReadOnlySpan<byte> Raw { get; private set; }

    /// <summary>Its content as text.</summary>
    public readonly string Text => Encoding.UTF8.GetString(Content);

    /// <summary>Its value where it is a 32-bit float.</summary>
    public readonly float Single => BitConverter.Int32BitsToSingle((int)Value);

    /// <summary>Goes to the next field.</summary>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="InvalidDataException">The message is damaged.</exception>
    public bool Next()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }
        ReadOnlySpan<byte> start = _rest;
        long tag = ReadNumber(ref _rest);
        Number = (int)(tag >> 3);
        Content = default;
        Value = 0;
        switch (tag & 7)
        {
            case 0:
                Value = ReadNumber(ref _rest);
                break;
            case 1:
                Value = BinaryPrimitives.ReadInt64LittleEndian(Take(8));
                break;
            case 2:
                Content = Take(ReadNumber(ref _rest));
                break;
            case 5:
                Value = BinaryPrimitives.ReadInt32LittleEndian(Take(4));
                break;
            default:
                throw Damaged();
        }
        Raw = start[..^_rest.Length];
        return true;
    }

    /// <summary>Adds the current field's number, or all of its packed list, to a list.</summary>
    public readonly void AddNumbersTo(List<long> list)
    {
        if (Content.IsEmpty)
        {
            list.Add(Value);
            return;
        }
        for (ReadOnlySpan<byte> packed = Content; !packed.IsEmpty;)
        {
            list.Add(ReadNumber(ref packed));
        }
    }

    private ReadOnlySpan<byte> Take(long length)
    {
        if (length < 0 || length > _rest.Length)
        {
            throw Damaged();
        }
        ReadOnlySpan<byte> taken = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return taken;
    }

    private static long ReadNumber(ref ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        for (int i = 0; i < 10 && i < bytes.Length; i++)
        {
            value |= (ulong)(bytes[i] & 0x7F) << (7 * i);
            if (bytes[i] < 0x80)
            {
                bytes = bytes[(i + 1)..];
                return (long)value;
            }
        }
        throw Damaged();
    }

    private static InvalidDataException Damaged() => new("not a protobuf message");
}
