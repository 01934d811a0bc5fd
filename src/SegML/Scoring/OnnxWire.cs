using System.Text;

namespace SegML.Scoring;

/// <summary>
/// An ONNX file as protocol buffers lay it out, read where it lies: a walk over fields that takes no memory for what it passes. SegML looks at a
/// model before ONNX Runtime does, and needs no more of it than names, numbers and sizes.
/// </summary>
internal ref struct OnnxWire(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>The field's number in its message.</summary>
    public int Field { get; private set; }

    /// <summary>A number field's value.</summary>
    public long Number { get; private set; }

    /// <summary>The content of a text, of bytes, of a message or of packed numbers.</summary>
    public ReadOnlySpan<byte> Content { get; private set; }

    /// <summary>Whether the field has <see cref="Content"/>.</summary>
    public bool HasContent { get; private set; }

    /// <summary>The content as a message.</summary>
    public readonly OnnxWire Message => new(Content);

    /// <summary>The content as text.</summary>
    public readonly string Text => Encoding.UTF8.GetString(Content);

    /// <summary>Goes to the next field.</summary>
    /// <returns>False at the end.</returns>
    /// <exception cref="InvalidDataException">The bytes are no protocol buffer.</exception>
    public bool Next()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }
        ulong tag = VarInt();
        Field = (int)Math.Min(tag >> 3, int.MaxValue);
        Number = 0;
        Content = default;
        HasContent = false;
        switch (tag & 7)
        {
            case 0:
                Number = (long)VarInt();
                break;
            case 1:
                Take(8);
                break;
            case 2:
                ulong length = VarInt();
                if (length > (ulong)_rest.Length)
                {
                    throw new InvalidDataException("it ends within a field");
                }
                Content = Take((int)length);
                HasContent = true;
                break;
            case 5:
                Take(4);
                break;
            default:
                throw new InvalidDataException("it is no protocol buffer");
        }
        if (Field == 0)
        {
            throw new InvalidDataException("it is no protocol buffer");
        }
        return true;
    }

    /// <summary>Adds a field's numbers, packed or single, to a list.</summary>
    public readonly void AddNumbers(List<long> numbers, int atMost)
    {
        if (!HasContent)
        {
            numbers.Add(Number);
            return;
        }
        var packed = new OnnxWire(Content);
        while (!packed._rest.IsEmpty && numbers.Count < atMost)
        {
            numbers.Add((long)packed.VarInt());
        }
    }

    private ulong VarInt()
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            byte next = Take(1)[0];
            value |= (ulong)(next & 0x7F) << Math.Min(shift, 63);
            if (next < 0x80)
            {
                return value;
            }
        }
        throw new InvalidDataException("it is no protocol buffer");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
        {
            throw new InvalidDataException("it ends within a field");
        }
        ReadOnlySpan<byte> taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
