using System.Text;
using SegML.Files;

namespace SegML.Annotations.Formats;

/// <summary>
/// Finds the elements below the root of an XML file of any size, with their places in the file. Only one is in memory at a time. What is
/// within an element is left to an XML reader.
/// </summary>
internal sealed class XmlParts(Stream stream, string source)
{
    private const int LargestPart = 256 << 20;

    private byte[] _buffer = new byte[1 << 16];
    private int _end, _at, _part = -1;
    private long _base;

    /// <summary>Takes an element: its name, its text, and where it begins in the file.</summary>
    public delegate void Visitor(string name, ReadOnlySpan<byte> part, long offset);

    /// <summary>Visits the elements in the file's order.</summary>
    /// <exception cref="AnnotationFormatException">Tags do not match up, the file is truncated, has a document type, or an element is larger than 256 MB.</exception>
    public void Visit(Visitor visitor)
    {
        int depth = 0;
        bool opened = false;
        string name = "";
        while (SkipTo((byte)'<'))
        {
            if (Starts("<!--"u8))
            {
                Skip("-->"u8);
            }
            else if (Starts("<![CDATA["u8))
            {
                Skip("]]>"u8);
            }
            else if (Starts("<?"u8))
            {
                Skip("?>"u8);
            }
            else if (Starts("<!"u8))
            {
                throw NotValid();
            }
            else if (Starts("</"u8))
            {
                Skip(">"u8);
                depth--;
                if (depth == 1 && _part >= 0)
                {
                    Give(visitor, name);
                }
            }
            else
            {
                if (depth == 1)
                {
                    _part = _at;
                }
                bool isEmpty = SkipTag();
                opened = true;
                if (depth == 1)
                {
                    name = NameAt(_part);
                    if (isEmpty)
                    {
                        Give(visitor, name);
                    }
                }
                depth += isEmpty ? 0 : 1;
            }
            if (depth < 0)
            {
                throw NotValid();
            }
        }
        if (depth != 0 || !opened)
        {
            throw NotValid();
        }
    }

    private void Give(Visitor visitor, string name)
    {
        visitor(name, _buffer.AsSpan(_part, _at - _part), _base + _part);
        _part = -1;
    }

    private string NameAt(int tag)
    {
        ReadOnlySpan<byte> rest = _buffer.AsSpan(tag + 1, _at - tag - 1);
        int end = rest.IndexOfAny(" \t\r\n/>"u8);
        return Encoding.UTF8.GetString(rest[..end]);
    }

    /// <summary>Steps behind a tag, whose attributes may hold brackets.</summary>
    /// <returns>Whether it is an element without content.</returns>
    private bool SkipTag()
    {
        byte quote = 0;
        for (_at++; ; _at++)
        {
            if (_at >= _end && !Refill())
            {
                throw NotValid();
            }
            byte b = _buffer[_at];
            if (quote != 0)
            {
                quote = b == quote ? (byte)0 : quote;
            }
            else if (b is (byte)'"' or (byte)'\'')
            {
                quote = b;
            }
            else if (b == (byte)'>')
            {
                _at++;
                return _buffer[_at - 2] == (byte)'/';
            }
        }
    }

    private bool Starts(ReadOnlySpan<byte> text)
    {
        while (_end - _at < text.Length)
        {
            if (!Refill())
            {
                return false;
            }
        }
        return _buffer.AsSpan(_at).StartsWith(text);
    }

    private void Skip(ReadOnlySpan<byte> end)
    {
        while (true)
        {
            int found = _buffer.AsSpan(_at, _end - _at).IndexOf(end);
            if (found >= 0)
            {
                _at += found + end.Length;
                return;
            }
            _at = Math.Max(_at, _end - end.Length + 1);
            if (!Refill())
            {
                throw NotValid();
            }
        }
    }

    private bool SkipTo(byte value)
    {
        while (true)
        {
            int found = _buffer.AsSpan(_at, _end - _at).IndexOf(value);
            if (found >= 0)
            {
                _at += found;
                return true;
            }
            _at = _end;
            if (!Refill())
            {
                return false;
            }
        }
    }

    /// <summary>Reads on. What lies before the current element, or place, is dropped.</summary>
    private bool Refill()
    {
        int keep = _part >= 0 ? _part : _at;
        if (keep > 0)
        {
            _buffer.AsSpan(keep, _end - keep).CopyTo(_buffer);
            _base += keep;
            (_end, _at, _part) = (_end - keep, _at - keep, _part >= 0 ? 0 : -1);
        }
        if (_end == _buffer.Length)
        {
            if (_end >= LargestPart)
            {
                throw new AnnotationFormatException(source, $"has an element of more than {LargestPart >> 20} MB", "split it");
            }
            Array.Resize(ref _buffer, 2 * _buffer.Length);
        }
        try
        {
            int read = stream.Read(_buffer, _end, _buffer.Length - _end);
            _end += read;
            return read > 0;
        }
        catch (IOException e)
        {
            throw UnreadableFile.Fault(source, AnnotationContent.Fault, e);
        }
    }

    private AnnotationFormatException NotValid() => new(source, "is not valid XML or is truncated", "export it again");
}
