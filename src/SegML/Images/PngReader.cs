using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using SegML.Images;

namespace SegML.Images;

/// <summary>
/// Reads mask PNGs exactly as they are stored. Image decoders expand palettes to colours and scale grey levels, which
/// loses what a mask means. Every chunk's CRC and the compressed data's checksum are checked.
/// </summary>
internal static class PngReader
{
    // Deflate cannot expand more than this (RFC 1951: 258 bytes for two bits); a file that claims more lacks data.
    private const long MaxExpansion = 1032;

    /// <summary>Reads a file.</summary>
    /// <exception cref="MaskFormatException">It cannot be read, or is not a PNG that holds a mask.</exception>
    public static RawMask Read(string path, ImageReadOptions options)
    {
        using EncodedFile file = EncodedFile.Read(path, Fault);
        PngHeader header = PngHeader.Read(file.Bytes, path, options.MaxPixels);
        (int start, int length) = GatherData(file.Bytes, path);
        long inflated = header.InflatedBytes;
        if (inflated > length * MaxExpansion)
        {
            throw PngHeader.Truncated(path);
        }
        if (inflated > Array.MaxLength || (long)header.Width * header.Height > Array.MaxLength)
        {
            throw new MaskFormatException(path, $"is too large to be held whole ({header.Width}x{header.Height} at {header.Bits} bits)", "cut it into parts");
        }
        byte[] rows = Rented.Rent<byte>((int)inflated);
        try
        {
            Span<byte> data = rows.AsSpan(0, (int)inflated);
            Inflate(file.Array, start, length, data, path);
            return Unpack(header, data, path);
        }
        finally
        {
            Rented.Return(rows);
        }
    }

    /// <summary>Reads a file's size from its header.</summary>
    public static (int Width, int Height) ReadSize(string path, ImageReadOptions options)
    {
        using EncodedFile file = EncodedFile.Read(path, Fault, PngHeader.Size);
        PngHeader header = PngHeader.Read(file.Bytes, path, options.MaxPixels);
        return (header.Width, header.Height);
    }

    /// <summary>Whether a file is a PNG of 16 bits, which image decoders cut to 8.</summary>
    public static bool IsDeep(ReadOnlySpan<byte> file) =>
        file.Length >= PngHeader.Size && PngHeader.TryRead(file, out PngHeader header) && header is { Depth: 16, Kind: not PngKind.Indexed };

    /// <summary>Decodes an image of 16 bits: its own channels, alpha among them, as shares of the greatest value.</summary>
    /// <exception cref="ImageFormatException">It is truncated, damaged or too large.</exception>
    public static DeepImage ReadDeep(ReadOnlySpan<byte> encoded, string name, ImageReadOptions options)
    {
        PngHeader.TryRead(encoded, out PngHeader header);
        int channels = header.Bits / 16;
        SkiaDecoder.CheckSize(header.Width, header.Height, name, options.MaxPixels);
        SkiaDecoder.CheckWhole(header.Width, header.Height, name, sizeof(float) * channels);
        // The data chunks are moved together in place.
        byte[] file = Rented.Rent<byte>(encoded.Length);
        byte[]? rows = null;
        DeepImage? image = null;
        try
        {
            encoded.CopyTo(file);
            (int start, int length) = GatherData(file.AsSpan(0, encoded.Length), name);
            if (header.InflatedBytes > length * MaxExpansion)
            {
                throw PngHeader.Truncated(name);
            }
            rows = Rented.Rent<byte>((int)header.InflatedBytes);
            Span<byte> data = rows.AsSpan(0, (int)header.InflatedBytes);
            Inflate(file, start, length, data, name);
            image = new DeepImage(header.Width, header.Height, channels);
            PngPixels.Shares(header, data, image.Values, name);
            return image;
        }
        catch (MaskFormatException e)
        {
            image?.Dispose();
            throw new ImageFormatException(e.Subject, e.Fault, e.Fix, e);
        }
        finally
        {
            Rented.Return(file);
            if (rows is not null)
            {
                Rented.Return(rows);
            }
        }
    }

    internal static SegMLException Fault(string path, string fault, string fix, Exception? inner) =>
        new MaskFormatException(path, fault, fix, inner);

    // Checks every chunk and moves the data chunks' contents together, in place: they are one zlib stream.
    private static (int Start, int Length) GatherData(Span<byte> file, string name)
    {
        int at = PngHeader.Size, start = 0, length = 0;
        while (true)
        {
            if (file.Length - at < 12)
            {
                throw PngHeader.Truncated(name);
            }
            uint size = BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
            if (size > file.Length - at - 12)
            {
                throw PngHeader.Truncated(name);
            }
            Span<byte> chunk = file.Slice(at + 4, (int)size + 4);
            if (BinaryPrimitives.ReadUInt32BigEndian(file[(at + 8 + (int)size)..]) != Crc32.HashToUInt32(chunk))
            {
                throw PngHeader.Damaged(name, $"chunk at byte {at}");
            }
            if (chunk.StartsWith("IEND"u8))
            {
                return length > 0 ? (start, length) : throw PngHeader.Damaged(name, "image data, of which there are none");
            }
            if (chunk.StartsWith("IDAT"u8))
            {
                start = length == 0 ? at + 8 : start;
                chunk[4..].CopyTo(file[(start + length)..]);
                length += (int)size;
            }
            at += (int)size + 12;
        }
    }

    private static void Inflate(byte[] file, int start, int length, Span<byte> rows, string name)
    {
        try
        {
            using var compressed = new MemoryStream(file, start, length, writable: false);
            using var stream = new ZLibStream(compressed, CompressionMode.Decompress);
            int read = stream.ReadAtLeast(rows, rows.Length, throwOnEndOfStream: false);
            // One read more reaches the checksum, and shows whether there is more than the header promises.
            if (read < rows.Length || stream.ReadByte() >= 0)
            {
                throw PngHeader.Damaged(name, read < rows.Length ? "image data, of which some are missing" : "image data, of which there are too many");
            }
        }
        // zlib's own complaints are IOExceptions; the data itself is in memory.
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw PngHeader.Damaged(name, "image data", e);
        }
    }

    private static RawMask Unpack(PngHeader header, Span<byte> rows, string name)
    {
        int pixels = header.Width * header.Height;
        return header switch
        {
            { Depth: 16 } => new(header.Width, header.Height, PngPixels.Words(header, rows, new ushort[pixels], name)),
            { Kind: PngKind.Rgb or PngKind.Rgba } => new(header.Width, header.Height, PngPixels.Colors(header, rows, new int[pixels], name)),
            _ => new(header.Width, header.Height, PngPixels.Bytes(header, rows, new byte[pixels], name), header.Kind == PngKind.Indexed),
        };
    }
}
