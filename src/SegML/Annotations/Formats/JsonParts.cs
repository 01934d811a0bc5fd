using System.Buffers;
using System.Text.Json;

namespace SegML.Annotations.Formats;

/// <summary>
/// Reads a JSON object of any size part by part: the value of each property, and of a property that is an array each item. An array
/// at the root counts as the property "".
/// Only one part is in memory at a time.
/// </summary>
internal sealed class JsonParts(Stream stream, string source)
{
    // A part is an image's or an annotation's entry. A crowd with a hundred thousand corners is some megabytes.
    private const int LargestPart = 256 << 20;

    /// <summary>Takes a part: the property's name, whether the part is an item of its array, its text, and where the text begins in the file.</summary>
    /// <returns>False to stop.</returns>
    public delegate bool Visitor(string property, bool isItem, ReadOnlySpan<byte> part, long offset);

    private byte[] _buffer = [];
    private int _start, _end;
    private long _consumed;
    private bool _ended;

    /// <summary>Visits the parts in the file's order. An array's beginning counts as a part of its own, with the text "[".</summary>
    /// <exception cref="AnnotationFormatException">The file is not a JSON object or array, or is truncated, or a part is larger than 256 MB.</exception>
    public void Visit(Visitor visitor)
    {
        byte[] rented = _buffer = ArrayPool<byte>.Shared.Rent(1 << 16);
        try
        {
            VisitAll(visitor);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private void VisitAll(Visitor visitor)
    {
        var state = new JsonReaderState(JsonText.ReaderOptions);
        string? property = null;
        bool inArray = false, opened = false;
        SkipByteOrderMark();
        while (true)
        {
            var reader = new Utf8JsonReader(_buffer.AsSpan(_start, _end - _start), _ended, state);
            bool goOn = true;
            try
            {
                if (!Advance(ref reader, ref property, ref inArray, ref opened, visitor, ref goOn))
                {
                    Refill();
                    continue;
                }
            }
            catch (JsonException e)
            {
                if (opened && reader.CurrentDepth == 0 && reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
                {
                    throw new AnnotationFormatException(source, "holds more than one JSON value, as JSON Lines does", "export one JSON document", e);
                }
                throw new AnnotationFormatException(source, $"is not valid JSON (near byte {_consumed + reader.BytesConsumed}) or is truncated", "export it again", e);
            }
            if (!goOn)
            {
                return;
            }
            state = reader.CurrentState;
            _start += (int)reader.BytesConsumed;
            _consumed += reader.BytesConsumed;
        }
    }

    /// <summary>Takes one step: a property's name, an array's beginning or end, or a part.</summary>
    /// <returns>False where the buffer does not hold all of it.</returns>
    private bool Advance(ref Utf8JsonReader reader, ref string? property, ref bool inArray, ref bool opened, Visitor visitor, ref bool goOn)
    {
        if (!reader.Read())
        {
            goOn = !_ended;
            return _ended;
        }
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject when !opened:
                opened = true;
                return true;
            case JsonTokenType.StartArray when !opened:
                (opened, inArray, property) = (true, true, "");
                goOn = visitor(property, false, "["u8, _consumed + reader.TokenStartIndex);
                return true;
            case var _ when !opened:
                throw new AnnotationFormatException(source, "is neither a JSON object nor an array", "export it again");
            case JsonTokenType.PropertyName when !inArray:
                property = reader.GetString();
                return true;
            case JsonTokenType.EndArray:
                inArray = false;
                return true;
            case JsonTokenType.EndObject:
                return true;
            case JsonTokenType.StartArray when !inArray:
                inArray = true;
                goOn = visitor(property!, false, "["u8, _consumed + reader.TokenStartIndex);
                return true;
        }
        long start = reader.TokenStartIndex;
        if (!reader.TrySkip())
        {
            return false;
        }
        goOn = visitor(property!, inArray, _buffer.AsSpan(_start + (int)start, (int)(reader.BytesConsumed - start)), _consumed + start);
        return true;
    }

    private void Refill()
    {
        if (_ended)
        {
            throw new AnnotationFormatException(source, "is truncated", "export it again");
        }
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        if (_end == _buffer.Length)
        {
            if (_end >= LargestPart)
            {
                throw new AnnotationFormatException(source, $"has an entry of more than {LargestPart >> 20} MB at byte {_consumed}", "split it");
            }
            Array.Resize(ref _buffer, 2 * _buffer.Length);
        }
        int read = stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        _ended = read == 0;
    }

    private void SkipByteOrderMark()
    {
        Refill();
        if (_buffer.AsSpan(0, _end).StartsWith("\uFEFF"u8))
        {
            _start = 3;
            _consumed = 3;
        }
    }
}
