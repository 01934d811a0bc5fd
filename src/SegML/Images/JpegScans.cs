using System.Buffers.Binary;

namespace SegML.Images;

/// <summary>
/// How much of a JPEG's picture is in the file. Decoders fill up what is missing without a word where an end marker follows, as it does in files
/// that a transfer or a camera cut short and another program closed. Counted are the coded blocks of every scan, by reading its Huffman codes
/// without computing anything of them (ITU-T T.81, annexes F and G).
/// </summary>
internal ref struct JpegScans
{
    private const int MaxComponents = 4;

    private readonly ReadOnlySpan<byte> _file;
    private readonly HuffmanLengths?[] _tables = new HuffmanLengths?[8];
    private readonly Component[] _components = new Component[MaxComponents];
    private int _count, _width, _height, _restart, _across, _down;
    private bool _progressive;

    private JpegScans(ReadOnlySpan<byte> file) => _file = file;

    /// <summary>The share of a JPEG's blocks that its scans hold, 0 to 1; 1 where that cannot be told, such as for arithmetic coding.</summary>
    /// <param name="file">A file whose end marker is there.</param>
    public static double DecodedShare(ReadOnlySpan<byte> file) => new JpegScans(file).Read();

    private double Read()
    {
        int at = 2;
        while (NextMarker(ref at, out byte marker))
        {
            if (marker is 0xD9)
            {
                break;
            }
            int length = BinaryPrimitives.ReadUInt16BigEndian(_file[at..]);
            if (length < 2 || at + length > _file.Length)
            {
                return 1; // The decoder says what is wrong with a damaged segment.
            }
            ReadOnlySpan<byte> segment = _file.Slice(at + 2, length - 2);
            at += length;
            bool known = marker switch
            {
                0xC0 or 0xC1 or 0xC2 => ReadFrame(segment, marker == 0xC2),
                0xC4 => ReadTables(segment),
                0xDD => segment.Length >= 2 && (_restart = BinaryPrimitives.ReadUInt16BigEndian(segment)) >= 0,
                0xDA => ReadScan(segment, ref at),
                0xC3 or (>= 0xC5 and <= 0xCF and not 0xC8) => false, // Lossless, hierarchical, arithmetic.
                _ => true,
            };
            if (!known)
            {
                return 1;
            }
        }
        return Share();
    }

    // DC and AC coefficients count alike: an image that lacks all AC is one of 8x8 squares.
    private readonly double Share()
    {
        double done = 0, all = 0;
        foreach (Component c in _components.AsSpan(0, _count))
        {
            double blocks = (double)c.BlocksAcross * c.BlocksDown;
            all += _progressive ? 2 * blocks : blocks;
            done += Math.Min(c.Dc, blocks) + (_progressive ? Math.Min(c.Ac / 63, blocks) : 0);
        }
        return all == 0 ? 1 : done / all;
    }

    private readonly bool NextMarker(ref int at, out byte marker)
    {
        marker = 0;
        while (at + 4 <= _file.Length)
        {
            int mark = _file[at..].IndexOf((byte)0xFF);
            if (mark < 0 || at + mark + 1 >= _file.Length)
            {
                return false;
            }
            at += mark + 1;
            marker = _file[at];
            if (marker is not (0xFF or 0x00 or 0x01 or (>= 0xD0 and <= 0xD8)))
            {
                at++;
                return marker == 0xD9 || at + 2 <= _file.Length;
            }
        }
        return false;
    }

    private bool ReadFrame(ReadOnlySpan<byte> segment, bool progressive)
    {
        if (_count > 0 || segment.Length < 6 || segment[0] != 8 || segment[5] is 0 or > MaxComponents || segment.Length < 6 + 3 * segment[5])
        {
            return false;
        }
        (_progressive, _count) = (progressive, segment[5]);
        (_height, _width) = (BinaryPrimitives.ReadUInt16BigEndian(segment[1..]), BinaryPrimitives.ReadUInt16BigEndian(segment[3..]));
        int mostAcross = 0, mostDown = 0;
        for (int i = 0; i < _count; i++)
        {
            var c = new Component { Id = segment[6 + 3 * i], Across = segment[7 + 3 * i] >> 4, Down = segment[7 + 3 * i] & 15 };
            if (c.Across is 0 or > 4 || c.Down is 0 or > 4)
            {
                return false;
            }
            _components[i] = c;
            (mostAcross, mostDown) = (Math.Max(mostAcross, c.Across), Math.Max(mostDown, c.Down));
        }
        (_across, _down) = (Ceiling(_width, 8 * mostAcross), Ceiling(_height, 8 * mostDown));
        foreach (Component c in _components.AsSpan(0, _count))
        {
            c.BlocksAcross = Ceiling(_width * c.Across, 8 * mostAcross);
            c.BlocksDown = Ceiling(_height * c.Down, 8 * mostDown);
        }
        return _width > 0 && _height > 0;
    }

    private readonly bool ReadTables(ReadOnlySpan<byte> segment)
    {
        while (segment.Length >= 17)
        {
            int table = segment[0] >> 4, id = segment[0] & 15, codes = 0;
            foreach (byte count in segment.Slice(1, 16))
            {
                codes += count;
            }
            if (table > 1 || id > 3 || codes > 256 || segment.Length < 17 + codes
                || HuffmanLengths.Create(segment.Slice(1, 16), segment.Slice(17, codes), isDc: table == 0) is not { } made)
            {
                return false;
            }
            _tables[4 * table + id] = made;
            segment = segment[(17 + codes)..];
        }
        return segment.IsEmpty;
    }

    private bool ReadScan(ReadOnlySpan<byte> segment, ref int at)
    {
        int count = segment.Length > 0 ? segment[0] : 0;
        if (_count == 0 || count is 0 or > MaxComponents || segment.Length < 4 + 2 * count)
        {
            return false;
        }
        var scan = new Scan(count)
        {
            First = segment[1 + 2 * count],
            Last = segment[2 + 2 * count],
            IsRefinement = segment[3 + 2 * count] >> 4 != 0,
            IsProgressive = _progressive,
        };
        for (int i = 0; i < count; i++)
        {
            byte id = segment[1 + 2 * i], tables = segment[2 + 2 * i];
            if (Array.FindIndex(_components, 0, _count, c => c.Id == id) is not (>= 0 and var index) || (tables >> 4) > 3 || (tables & 15) > 3)
            {
                return false;
            }
            scan.Components[i] = _components[index];
            scan.Dc[i] = _tables[tables >> 4];
            scan.Ac[i] = _tables[4 + (tables & 15)];
        }
        if (_progressive && (scan.Last > 63 || scan.First > scan.Last || (scan.First > 0 && count > 1)))
        {
            return false;
        }
        if (scan.IsRefinement)
        {
            return true; // A bit more of what is there: the eye misses little of it. The next marker is looked for behind its data.
        }
        if (!scan.HasTables)
        {
            return false;
        }
        (int across, int down) = count == 1 ? (scan.Components[0].BlocksAcross, scan.Components[0].BlocksDown) : (_across, _down);
        var bits = new JpegBits(_file, at);
        scan.Count(ref bits, (long)across * down, _restart);
        at = bits.Position;
        return true;
    }

    private static int Ceiling(int value, int unit) => (value + unit - 1) / unit;

    /// <summary>A colour component: its sampling, its blocks, and how many of them were found.</summary>
    internal sealed class Component
    {
        public byte Id { get; init; }

        public int Across { get; init; }

        public int Down { get; init; }

        public int BlocksAcross { get; set; }

        public int BlocksDown { get; set; }

        /// <summary>Blocks with their first coefficient; in a sequential JPEG with all.</summary>
        public double Dc { get; set; }

        /// <summary>Of a progressive JPEG: coefficients found beyond the first, over all blocks.</summary>
        public double Ac { get; set; }
    }

    /// <summary>A scan's header, and the walk through its data.</summary>
    private readonly struct Scan(int count)
    {
        public Component[] Components { get; } = new Component[count];

        public HuffmanLengths?[] Dc { get; } = new HuffmanLengths?[count];

        public HuffmanLengths?[] Ac { get; } = new HuffmanLengths?[count];

        public int First { get; init; }

        public int Last { get; init; }

        public bool IsRefinement { get; init; }

        public bool IsProgressive { get; init; }

        public bool HasTables => (IsProgressive && First > 0) || Array.TrueForAll(Dc, t => t is not null)
            ? (IsProgressive && First == 0) || Array.TrueForAll(Ac, t => t is not null)
            : false;

        /// <summary>Counts the units of a scan, each a block of one component or the blocks of all that belong together.</summary>
        public void Count(ref JpegBits bits, long units, int restart)
        {
            long done = 0, skip = 0;
            while (done < units)
            {
                if (restart > 0 && done > 0 && done % restart == 0)
                {
                    skip = 0;
                    if (!bits.TakeRestart())
                    {
                        break;
                    }
                }
                if (skip > 0)
                {
                    skip--;
                }
                else if (!Unit(ref bits, ref skip))
                {
                    break;
                }
                done++;
            }
            // Blocks of the padding at the right and bottom count as well; the share hardly notices.
            double share = (double)done / units;
            foreach (Component c in Components)
            {
                double blocks = (double)c.BlocksAcross * c.BlocksDown;
                if (IsProgressive && First > 0)
                {
                    c.Ac += share * blocks * (Last - First + 1);
                }
                else
                {
                    c.Dc += share * blocks;
                }
            }
        }

        private bool Unit(ref JpegBits bits, ref long skip)
        {
            if (IsProgressive)
            {
                return First > 0 ? bits.AcBand(Ac[0]!, First, Last, ref skip) : Blocks(ref bits, first: true);
            }
            return Blocks(ref bits, first: false);
        }

        private bool Blocks(ref JpegBits bits, bool first)
        {
            for (int i = 0; i < Components.Length; i++)
            {
                int blocks = Components.Length == 1 ? 1 : Components[i].Across * Components[i].Down;
                for (int b = 0; b < blocks; b++)
                {
                    if (!bits.Symbol(Dc[i]!) || (!first && !bits.AcBlock(Ac[i]!)))
                    {
                        return false;
                    }
                }
            }
            return true;
        }
    }
}
