using System.Buffers.Binary;
using System.Text;

namespace SegML.Training.PyTorch;

/// <summary>
/// Reads Python's pickles (protocols 2 to 4, https://docs.python.org/3/library/pickletools.html) as far as checkpoints need it. A pickle is a program that may
/// call any function of Python; here no name is ever looked up and nothing is called: dictionaries, lists, numbers and text are built, a
/// call becomes a <see cref="Call"/> that only says what would have been called, and what it would have made is left out.
/// </summary>
internal sealed class Pickle
{
    // Of a checkpoint's structure, without the numbers; those of the largest models stay far below.
    private const int MostItems = 4_000_000;

    private static readonly object Mark = new();

    private readonly Stream _input;
    private readonly Stack<object?> _stack = new();
    private readonly Dictionary<int, object?> _memo = [];
    private readonly byte[] _buffer = new byte[8];
    private int _items;

    private Pickle(Stream input) => _input = input;

    /// <summary>A name of Python's: a class or a function.</summary>
    internal sealed record Name(string Module, string Member);

    /// <summary>An object that calling a function would have made.</summary>
    internal sealed record Call(object? Function, object?[] Arguments);

    /// <summary>An object that is kept apart from the pickle, as tensors' numbers are.</summary>
    internal sealed record Reference(object? Id);

    /// <summary>Reads one pickle from where the stream stands.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or holds an instruction that checkpoints have no use for.</exception>
    public static object? Read(Stream input) => new Pickle(input).Run();

    private object? Run()
    {
        while (true)
        {
            int code = _input.ReadByte();
            switch (code)
            {
                case 0x80: Skip(1); break; // PROTO
                case 0x95: Skip(8); break; // FRAME
                case '.': return Pop();
                case '(': Push(Mark); break;
                case 'N': Push(null); break;
                case 0x88: Push(true); break;
                case 0x89: Push(false); break;
                case 'K': Push((long)Bytes(1)[0]); break;
                case 'M': Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2))); break;
                case 'J': Push((long)BinaryPrimitives.ReadInt32LittleEndian(Bytes(4))); break;
                case 0x8a: Push(Long(Bytes(1)[0])); break;
                case 'G': Push(BinaryPrimitives.ReadDoubleBigEndian(Bytes(8))); break;
                case 'X' or 'T' or 'B': Push(Text(BinaryPrimitives.ReadInt32LittleEndian(Bytes(4)))); break;
                case 0x8c or 'U' or 'C': Push(Text(Bytes(1)[0])); break;
                case '}': Push(new Dictionary<object, object?>()); break;
                case ']' or 0x8f: Push(new List<object?>()); break;
                case ')': Push(Array.Empty<object?>()); break;
                case 't': Push(ToMark()); break;
                case 0x85: Push(Last(1)); break;
                case 0x86: Push(Last(2)); break;
                case 0x87: Push(Last(3)); break;
                case 's': SetItems(Last(2)); break;
                case 'u': SetItems(ToMark()); break;
                case 'a': Append(Last(1)); break;
                case 'e' or 0x90: Append(ToMark()); break;
                case 'q': _memo[Bytes(1)[0]] = Peek(); break;
                case 'r': _memo[BinaryPrimitives.ReadInt32LittleEndian(Bytes(4))] = Peek(); break;
                case 0x94: _memo[_memo.Count] = Peek(); break;
                case 'h': Push(Recall(Bytes(1)[0])); break;
                case 'j': Push(Recall(BinaryPrimitives.ReadInt32LittleEndian(Bytes(4)))); break;
                case 'c': Push(new Name(Line(), Line())); break;
                case 0x93: Push(Last(2) is [string module, string member] ? new Name(module, member) : throw Damaged("a name that is no text")); break;
                case 'Q': Push(new Reference(Pop())); break;
                case 'R' or 0x81: MakeCall(Last(2)); break;
                case 'b': Pop(); break; // BUILD: an object's own state, which only its class could make use of.
                case '0': Pop(); break;
                default: throw Damaged(code < 0 ? "an early end" : FormattableString.Invariant($"the instruction 0x{code:x2}"));
            }
        }
    }

    // An OrderedDict is a dictionary; anything else is only noted down.
    private void MakeCall(object?[] call)
    {
        object?[] arguments = call[1] as object?[] ?? throw Damaged("a call without arguments");
        Push(call[0] is Name { Module: "collections", Member: "OrderedDict" or "defaultdict" } ? new Dictionary<object, object?>() : new Call(call[0], arguments));
    }

    private void SetItems(object?[] pairs)
    {
        // What a subclass of dict would hold, where only its name is known, is left out.
        if (Peek() is not Dictionary<object, object?> target)
        {
            return;
        }
        for (int i = 0; i + 1 < pairs.Length; i += 2)
        {
            // Names and numbers; objects as keys are no part of a state dictionary.
            if (pairs[i] is string or long)
            {
                target[pairs[i]!] = pairs[i + 1];
            }
        }
    }

    private void Append(object?[] items)
    {
        if (Peek() is List<object?> list)
        {
            list.AddRange(items);
        }
    }

    private void Push(object? value)
    {
        if (++_items > MostItems)
        {
            throw Damaged($"more than {MostItems} values");
        }
        _stack.Push(value);
    }

    private object? Pop() => _stack.TryPop(out object? value) && value != Mark ? value : throw Damaged("an instruction without its values");

    private object? Peek() => _stack.TryPeek(out object? value) ? value : throw Damaged("an instruction without its values");

    private object?[] Last(int count)
    {
        object?[] values = new object?[count];
        for (int i = count - 1; i >= 0; i--)
        {
            values[i] = Pop();
        }
        return values;
    }

    private object?[] ToMark()
    {
        List<object?> values = [];
        while (true)
        {
            if (!_stack.TryPop(out object? value))
            {
                throw Damaged("a list without its beginning");
            }
            if (value == Mark)
            {
                values.Reverse();
                return [.. values];
            }
            values.Add(value);
        }
    }

    private object? Recall(int place) => _memo.TryGetValue(place, out object? value) ? value : throw Damaged("a value that was not kept");

    private ReadOnlySpan<byte> Bytes(int count)
    {
        Fill(_buffer.AsSpan(0, count));
        return _buffer.AsSpan(0, count);
    }

    private void Skip(int count) => Bytes(count);

    private string Text(int length)
    {
        // No name or text of a checkpoint is as long; the limit keeps a damaged length from asking for all memory.
        if (length is < 0 or > 1 << 24)
        {
            throw Damaged("a text of impossible length");
        }
        byte[] bytes = new byte[length];
        Fill(bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    private long? Long(int length)
    {
        byte[] bytes = new byte[length];
        Fill(bytes);
        long value = 0;
        for (int i = Math.Min(length, 8) - 1; i >= 0; i--)
        {
            value = value << 8 | bytes[i];
        }
        // Negative ones of fewer bytes are filled up; longer ones are no size or place.
        return length > 9 ? null : length is > 0 and < 8 && bytes[^1] >= 128 ? value - (1L << (8 * length)) : value;
    }

    private string Line()
    {
        var line = new StringBuilder();
        for (int c = _input.ReadByte(); c != '\n'; c = _input.ReadByte())
        {
            if (c < 0 || line.Length > 1000)
            {
                throw Damaged("a name without an end");
            }
            line.Append((char)c);
        }
        return line.ToString();
    }

    private void Fill(Span<byte> target)
    {
        if (_input.ReadAtLeast(target, target.Length, throwOnEndOfStream: false) < target.Length)
        {
            throw Damaged("an early end");
        }
    }

    private static InvalidDataException Damaged(string what) => new($"its pickle has {what}");
}
