using System.Buffers;
using System.Runtime.InteropServices;
using BitMiracle.LibTiff.Classic;
using SegML.Images;
using Orientation = BitMiracle.LibTiff.Classic.Orientation;

namespace SegML.ImageSharp;

/// <summary>A TIFF file in memory, open at its first page.</summary>
internal sealed class TiffFile : IDisposable
{
    // What a strip or a tile may take of memory; writers use less than a tenth of a megabyte.
    private const int MostBlockBytes = 1 << 28;

    private readonly Tiff _tiff;
    private readonly TiffContent _content;
    private readonly string _name;
    private readonly int _bits;
    private readonly SampleFormat _format;
    private readonly Photometric _colors;
    private readonly bool _isPlanar;

    private TiffFile(Tiff tiff, TiffContent content, string name)
    {
        (_tiff, _content, _name) = (tiff, content, name);
        Width = Number(TiffTag.IMAGEWIDTH, 0);
        Height = Number(TiffTag.IMAGELENGTH, 0);
        Channels = Number(TiffTag.SAMPLESPERPIXEL, 1);
        _bits = Number(TiffTag.BITSPERSAMPLE, 1);
        _format = (SampleFormat)Number(TiffTag.SAMPLEFORMAT, (int)SampleFormat.UINT);
        _colors = (Photometric)Number(TiffTag.PHOTOMETRIC, (int)Photometric.MINISBLACK);
        _isPlanar = Number(TiffTag.PLANARCONFIG, (int)PlanarConfig.CONTIG) == (int)PlanarConfig.SEPARATE;
        Orientation = (Orientation)Number(TiffTag.ORIENTATION, (int)Orientation.TOPLEFT);
        if (Width < 1 || Height < 1 || Channels < 1)
        {
            throw Damaged();
        }
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>Samples a pixel.</summary>
    public int Channels { get; }

    public Orientation Orientation { get; }

    /// <summary>Whether the samples are read as they are: grey, RGB or bands, of 8, 16 or 32 bits.</summary>
    public bool HasPlainSamples => _colors is Photometric.MINISBLACK or Photometric.MINISWHITE or Photometric.RGB
        && (_format, _bits) is (SampleFormat.UINT or SampleFormat.VOID, 8 or 16 or 32) or (SampleFormat.INT, 8 or 16 or 32) or (SampleFormat.IEEEFP, 32 or 64);

    /// <summary>Whether each pixel is one whole number: a grey level, or an index into a palette of bytes.</summary>
    public bool HasNumbers => Channels == 1 && _format is SampleFormat.UINT or SampleFormat.VOID or SampleFormat.INT && _bits is 8 or 16 or 32
        && _colors is Photometric.MINISBLACK or Photometric.PALETTE;

    /// <summary>Whether it is compressed in a way that changes values.</summary>
    public bool IsLossy => (Compression)Number(TiffTag.COMPRESSION, (int)Compression.NONE) is Compression.JPEG or Compression.OJPEG;

    /// <summary>What a sample's greatest value is, of which <see cref="Read"/> gives shares.</summary>
    public double Greatest => (_format, _bits) switch
    {
        (SampleFormat.INT, 8) => 127,
        (SampleFormat.INT, 16) => 32767,
        (SampleFormat.INT, _) => int.MaxValue,
        (_, 8) => 255,
        (_, 16) => 65535,
        _ => uint.MaxValue,
    };

    /// <summary>Whether an image of bytes holds all of it.</summary>
    public bool IsBytes => _bits == 8 && _format != SampleFormat.INT && Channels <= 4;

    /// <summary>Opens a file.</summary>
    /// <exception cref="SegML.ImageFormatException">It is none, or its directory is damaged.</exception>
    public static TiffFile Open(ReadOnlySpan<byte> encoded, string name)
    {
        TiffMessages.Install();
        var content = new TiffContent(encoded.ToArray());
        Tiff tiff = Tiff.ClientOpen(name, "r", content, new TiffContentStream()) ?? throw Damaged(name, content);
        try
        {
            return new TiffFile(tiff, content, name);
        }
        catch
        {
            tiff.Dispose();
            throw;
        }
    }

    /// <summary>Reads all samples; whole numbers as shares of the greatest value.</summary>
    /// <exception cref="SegML.ImageFormatException">The data is damaged or ends early.</exception>
    public DeepImage Read()
    {
        var image = new DeepImage(Width, Height, Channels);
        try
        {
            for (int plane = 0; plane < (_isPlanar ? Channels : 1); plane++)
            {
                if (_tiff.IsTiled())
                {
                    ReadTiles(image, plane);
                }
                else
                {
                    ReadRows(image, plane);
                }
            }
            return image;
        }
        catch
        {
            image.Dispose();
            throw;
        }
    }

    public void Dispose() => _tiff.Dispose();

    private void ReadRows(DeepImage image, int plane)
    {
        int length = Checked(_tiff.ScanlineSize(), Width);
        byte[] row = ArrayPool<byte>.Shared.Rent(length);
        for (int y = 0; y < Height; y++)
        {
            if (!_tiff.ReadScanline(row, 0, y, (short)plane))
            {
                throw Damaged();
            }
            Put(row.AsSpan(0, length), image.Row(y), plane, Width);
        }
        ArrayPool<byte>.Shared.Return(row);
    }

    private void ReadTiles(DeepImage image, int plane)
    {
        int width = Number(TiffTag.TILEWIDTH, 0), height = Number(TiffTag.TILELENGTH, 0), samples = _isPlanar ? 1 : Channels;
        if (width < 1 || height < 1 || (long)width * height * samples * _bits / 8 > MostBlockBytes)
        {
            throw Damaged();
        }
        int length = Checked(_tiff.TileSize(), width * height), rowLength = width * samples * _bits / 8;
        byte[] tile = ArrayPool<byte>.Shared.Rent(length);
        for (int top = 0; top < Height; top += height)
        {
            for (int left = 0; left < Width; left += width)
            {
                if (_tiff.ReadTile(tile, 0, left, top, 0, (short)plane) < 0)
                {
                    throw Damaged();
                }
                int columns = Math.Min(width, Width - left);
                for (int y = 0; y < Math.Min(height, Height - top); y++)
                {
                    Put(tile.AsSpan(y * rowLength, rowLength), image.Row(top + y)[(left * Channels)..], plane, columns);
                }
            }
        }
        ArrayPool<byte>.Shared.Return(tile);
    }

    // LibTiff brings the bytes into this machine's order.
    private void Put(ReadOnlySpan<byte> row, Span<float> to, int plane, int pixels)
    {
        int samples = _isPlanar ? 1 : Channels;
        for (int x = 0; x < pixels; x++)
        {
            for (int s = 0; s < samples; s++)
            {
                float value = Sample(row, x * samples + s);
                to[x * Channels + (_isPlanar ? plane : s)] = _colors == Photometric.MINISWHITE ? 1 - value : value;
            }
        }
    }

    private float Sample(ReadOnlySpan<byte> row, int index) => (_format, _bits) switch
    {
        (SampleFormat.IEEEFP, 32) => MemoryMarshal.Cast<byte, float>(row)[index],
        (SampleFormat.IEEEFP, _) => (float)MemoryMarshal.Cast<byte, double>(row)[index],
        (SampleFormat.INT, 8) => (sbyte)row[index] / 127f,
        (SampleFormat.INT, 16) => MemoryMarshal.Cast<byte, short>(row)[index] / 32767f,
        (SampleFormat.INT, _) => (float)(MemoryMarshal.Cast<byte, int>(row)[index] / (double)int.MaxValue),
        (_, 8) => row[index] / 255f,
        (_, 16) => MemoryMarshal.Cast<byte, ushort>(row)[index] / 65535f,
        _ => (float)(MemoryMarshal.Cast<byte, uint>(row)[index] / (double)uint.MaxValue),
    };

    private int Checked(int length, int pixels) => length >= (long)pixels * (_isPlanar ? 1 : Channels) * _bits / 8 && length <= MostBlockBytes ? length : throw Damaged();

    private int Number(TiffTag tag, int otherwise) => _tiff.GetField(tag) is [var value, ..] ? value.ToInt() : otherwise;

    private SegML.ImageFormatException Damaged() => Damaged(_name, _content);

    private static SegML.ImageFormatException Damaged(string name, TiffContent content) => new(name,
        $"is damaged, truncated or compressed in a way that LibTiff does not read{(content.Message is { } message ? $" ({message})" : "")}", "restore or convert it");
}
