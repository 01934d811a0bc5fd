using System.Buffers.Binary;
using System.IO.Hashing;

namespace SegML.Images;

/// <summary>What a PNG file's IHDR chunk says (W3C PNG, section 11.2.1).</summary>
/// <param name="Width">Width in pixels.</param>
/// <param name="Height">Height in pixels.</param>
/// <param name="Depth">Bits a sample.</param>
/// <param name="Kind">What a pixel is.</param>
/// <param name="Interlaced">Whether the pixels come in the seven passes of Adam7.</param>
internal readonly record struct PngHeader(int Width, int Height, int Depth, PngKind Kind, bool Interlaced)
{
    /// <summary>Signature, IHDR and its CRC.</summary>
    public const int Size = 33;

    /// <summary>The eight bytes that every PNG file begins with.</summary>
    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Bits a pixel.</summary>
    public int Bits => Depth * Kind switch
    {
        PngKind.Rgb => 3,
        PngKind.GreyAlpha => 2,
        PngKind.Rgba => 4,
        _ => 1,
    };

    /// <summary>Bytes of a row of <paramref name="width"/> pixels, without its filter byte.</summary>
    public int RowBytes(int width) => (int)(((long)width * Bits + 7) / 8);

    /// <summary>Bytes of all rows with their filter bytes: what the file's compressed data inflate to.</summary>
    public long InflatedBytes
    {
        get
        {
            long bytes = 0;
            foreach (PngPass pass in PngPass.Of(this))
            {
                bytes += (long)pass.Height * (RowBytes(pass.Width) + 1L);
            }
            return bytes;
        }
    }

    /// <summary>Reads it.</summary>
    /// <param name="file">The file's first bytes.</param>
    /// <param name="name">The file, for errors.</param>
    /// <param name="maxPixels">Greatest number of pixels.</param>
    /// <exception cref="MaskFormatException">It is not a PNG file, is cut off, damaged, too large, or of a kind that holds no mask.</exception>
    public static PngHeader Read(ReadOnlySpan<byte> file, string name, long maxPixels)
    {
        if (!file[..Math.Min(8, file.Length)].SequenceEqual(Signature[..Math.Min(8, file.Length)]))
        {
            throw new MaskFormatException(name, "is not a PNG file", "masks are PNG, NumPy .npy, BMP, GIF, lossless WebP or "
                + (ImageDecoders.All.Any(d => d.Extensions.Contains(".tif")) ? "TIFF" : "with the package SegML.ImageSharp, TIFF"));
        }
        if (file.Length < Size)
        {
            throw Truncated(name);
        }
        if (!file[8..].StartsWith("\0\0\0\x0dIHDR"u8)
            || BinaryPrimitives.ReadUInt32BigEndian(file[29..]) != Crc32.HashToUInt32(file[12..29]))
        {
            throw Damaged(name, "header");
        }
        uint width = BinaryPrimitives.ReadUInt32BigEndian(file[16..]);
        uint height = BinaryPrimitives.ReadUInt32BigEndian(file[20..]);
        var header = new PngHeader((int)width, (int)height, file[24], (PngKind)file[25], file[28] == 1);
        if (width is 0 or > int.MaxValue || height is 0 or > int.MaxValue || file[26] != 0 || file[27] != 0 || file[28] > 1)
        {
            throw Damaged(name, "header");
        }
        long pixels = (long)width * height;
        if (pixels > maxPixels)
        {
            throw new MaskFormatException(name, $"is {width}x{height}, {pixels.Of("pixel")}, above the limit of {maxPixels}", "scale it down or raise the limit");
        }
        return header.IsMask
            ? header
            : throw new MaskFormatException(name, $"is a PNG of {header.Depth} bits and colour type {(int)header.Kind}, which masks are not",
                "save it as indexed, as grey, or as 8-bit RGB in the class colours");
    }

    /// <summary>Reads the header of a PNG that may be any image; false where it is none or damaged.</summary>
    /// <param name="file">The file's first <see cref="Size"/> bytes.</param>
    /// <param name="header">The header.</param>
    public static bool TryRead(ReadOnlySpan<byte> file, out PngHeader header)
    {
        header = new PngHeader(BinaryPrimitives.ReadInt32BigEndian(file[16..]), BinaryPrimitives.ReadInt32BigEndian(file[20..]),
            file[24], (PngKind)file[25], file[28] == 1);
        return file.StartsWith(Signature) && file[8..].StartsWith("\0\0\0\x0dIHDR"u8)
            && BinaryPrimitives.ReadUInt32BigEndian(file[29..]) == Crc32.HashToUInt32(file[12..29])
            && header is { Width: > 0, Height: > 0, Kind: PngKind.Grey or PngKind.Rgb or PngKind.Indexed or PngKind.GreyAlpha or PngKind.Rgba };
    }

    public static MaskFormatException Truncated(string name) => new(name, "is truncated", "copy it again from its source");

    public static MaskFormatException Damaged(string name, string part, Exception? inner = null) =>
        new(name, $"is damaged (its {part})", "copy it again from its source", inner);

    private bool IsMask => Kind switch
    {
        PngKind.Indexed => Depth is 1 or 2 or 4 or 8,
        PngKind.Grey => Depth is 1 or 2 or 4 or 8 or 16,
        PngKind.GreyAlpha or PngKind.Rgb or PngKind.Rgba => Depth == 8,
        _ => false,
    };
}

/// <summary>What a PNG file's pixels are: its colour type.</summary>
internal enum PngKind : byte
{
    Grey = 0,
    Rgb = 2,
    Indexed = 3,
    GreyAlpha = 4,
    Rgba = 6,
}

/// <summary>One pass over an image: every <paramref name="StepX"/>-th pixel of every <paramref name="StepY"/>-th row.</summary>
/// <param name="X">First column.</param>
/// <param name="Y">First row.</param>
/// <param name="StepX">Columns between pixels.</param>
/// <param name="StepY">Rows between rows.</param>
/// <param name="Width">Pixels a row.</param>
/// <param name="Height">Rows.</param>
internal readonly record struct PngPass(int X, int Y, int StepX, int StepY, int Width, int Height)
{
    /// <summary>The passes of a file that hold pixels: one, or up to the seven of Adam7 (W3C PNG, section 8.1).</summary>
    public static PngPass[] Of(PngHeader header)
    {
        if (!header.Interlaced)
        {
            return [new(0, 0, 1, 1, header.Width, header.Height)];
        }
        ReadOnlySpan<(int X, int Y, int StepX, int StepY)> adam7 =
            [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];
        var passes = new List<PngPass>(adam7.Length);
        foreach ((int x, int y, int stepX, int stepY) in adam7)
        {
            int width = (int)(((long)header.Width - x + stepX - 1) / stepX);
            int height = (int)(((long)header.Height - y + stepY - 1) / stepY);
            if (width > 0 && height > 0)
            {
                passes.Add(new(x, y, stepX, stepY, width, height));
            }
        }
        return [.. passes];
    }
}
