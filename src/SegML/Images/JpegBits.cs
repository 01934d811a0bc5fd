namespace SegML.Images;

/// <summary>The codes of a Huffman table: those of up to 10 bits, which are nearly all, are looked up; longer ones are compared length by length.</summary>
internal sealed class HuffmanLengths
{
    private const int Fast = 10, Longest = 16;

    private readonly ushort[] _fast = new ushort[1 << Fast];
    private readonly int[] _firstCodes = new int[Longest + 1], _firstValues = new int[Longest + 1];
    private readonly byte[] _values;

    // Cameras and programs write the same few tables into file after file: those that a thread has made last are taken again.
    private const int Kept = 8;

    [ThreadStatic]
    private static HuffmanLengths?[]? _made;

    [ThreadStatic]
    private static int _oldest;

    private readonly byte[] _counts;
    private readonly bool _isDc;

    private HuffmanLengths(byte[] counts, byte[] values, bool isDc) => (_counts, _values, _isDc) = (counts, values, isDc);

    /// <summary>Makes the table of a DHT segment; null where the codes do not fit.</summary>
    /// <param name="counts">How many codes there are of each length, 1 to 16 bits.</param>
    /// <param name="values">Their values.</param>
    /// <param name="isDc">Whether values are numbers of bits.</param>
    public static HuffmanLengths? Create(ReadOnlySpan<byte> counts, ReadOnlySpan<byte> values, bool isDc)
    {
        foreach (HuffmanLengths? made in _made ??= new HuffmanLengths?[Kept])
        {
            if (made is not null && made._isDc == isDc && counts.SequenceEqual(made._counts) && values.SequenceEqual(made._values))
            {
                return made;
            }
        }
        var table = new HuffmanLengths(counts.ToArray(), values.ToArray(), isDc);
        int code = 0, next = 0;
        for (int length = 1; length <= Longest; length++, code <<= 1)
        {
            (table._firstCodes[length], table._firstValues[length]) = (code, next);
            for (int i = 0; i < counts[length - 1]; i++, code++, next++)
            {
                if (code >= 1 << length || (isDc && values[next] > 16))
                {
                    return null;
                }
                if (length <= Fast)
                {
                    table._fast.AsSpan(code << (Fast - length), 1 << (Fast - length)).Fill((ushort)(length << 8 | values[next]));
                }
            }
        }
        _made[_oldest++ % Kept] = table;
        return table;
    }

    /// <summary>The code at the top of 16 bits: its length above 8 bits of value; 0: there is none.</summary>
    public int Find(uint bits)
    {
        int entry = _fast[bits >> (Longest - Fast)];
        return entry != 0 ? entry : FindLong(bits);
    }

    private int FindLong(uint bits)
    {
        for (int length = Fast + 1; length <= Longest; length++)
        {
            int index = (int)(bits >> (Longest - length)) - _firstCodes[length] + _firstValues[length];
            int end = length == Longest ? _values.Length : _firstValues[length + 1];
            if (index >= _firstValues[length] && index < end)
            {
                return length << 8 | _values[index];
            }
        }
        return 0;
    }
}

/// <summary>The bits of a scan, of which FF 00 stands for FF. Ends at the first marker.</summary>
internal ref struct JpegBits(ReadOnlySpan<byte> file, int start)
{
    private readonly ReadOnlySpan<byte> _file = file;
    private int _at = start, _left;
    private ulong _bits;

    /// <summary>Where the next marker is, or is looked for.</summary>
    public readonly int Position => _at;

    /// <summary>Passes a code and the value bits that it announces.</summary>
    /// <returns>False where the data end within it.</returns>
    public bool Symbol(HuffmanLengths table) => Take(table, out int value) && Skip(value);

    /// <summary>Passes the AC coefficients of a block of a sequential scan.</summary>
    public bool AcBlock(HuffmanLengths table)
    {
        long none = 0;
        return Ac(table, 1, 63, inBands: false, ref none);
    }

    /// <summary>Passes the coefficients of a block of a progressive scan's first pass.</summary>
    /// <param name="table">Its codes.</param>
    /// <param name="first">The band's first coefficient.</param>
    /// <param name="last">Its last.</param>
    /// <param name="skip">Set to the number of blocks after it that are said to be empty.</param>
    public bool AcBand(HuffmanLengths table, int first, int last, ref long skip) => Ac(table, first, last, inBands: true, ref skip);

    private bool Ac(HuffmanLengths table, int first, int last, bool inBands, ref long skip)
    {
        for (int k = first; k <= last; k++)
        {
            if (!Take(table, out int value))
            {
                return false;
            }
            int size = value & 15, run = value >> 4;
            if (size == 0)
            {
                if (run != 15)
                {
                    // The block's end; in bands, of the blocks after it too.
                    return !inBands || SkipBlocks(run, ref skip);
                }
                k += 15;
                continue;
            }
            k += run;
            if (!Skip(size))
            {
                return false;
            }
        }
        return true;
    }

    private bool SkipBlocks(int run, ref long skip)
    {
        if (!Read(run, out int more))
        {
            return false;
        }
        skip = (1L << run) + more - 1;
        return true;
    }

    /// <summary>Passes a restart marker; false where another or none follows.</summary>
    public bool TakeRestart()
    {
        (_bits, _left) = (0, 0);
        while (_at + 1 < _file.Length && _file[_at] == 0xFF && _file[_at + 1] == 0xFF)
        {
            _at++; // Fill bytes.
        }
        if (_at + 1 < _file.Length && _file[_at] == 0xFF && _file[_at + 1] is >= 0xD0 and <= 0xD7)
        {
            _at += 2;
            return true;
        }
        return false;
    }

    private bool Take(HuffmanLengths table, out int value)
    {
        if (_left < 32)
        {
            Fill();
        }
        int entry = table.Find((uint)(_bits >> 48));
        value = entry & 0xFF;
        int length = entry >> 8;
        if (length == 0 || length > _left)
        {
            return false;
        }
        _bits <<= length;
        _left -= length;
        return true;
    }

    // Take leaves 16 bits or more unless the data end.
    private bool Skip(int count)
    {
        if (count > _left)
        {
            return false;
        }
        _bits <<= count;
        _left -= count;
        return true;
    }

    private bool Read(int count, out int value)
    {
        value = count == 0 ? 0 : (int)(_bits >> (64 - count));
        return Skip(count);
    }

    private void Fill()
    {
        while (_left <= 56 && _at < _file.Length)
        {
            byte next = _file[_at];
            if (next == 0xFF)
            {
                if (_at + 1 >= _file.Length || _file[_at + 1] != 0)
                {
                    return;
                }
                _at++;
            }
            _at++;
            _bits |= (ulong)next << (56 - _left);
            _left += 8;
        }
    }
}
