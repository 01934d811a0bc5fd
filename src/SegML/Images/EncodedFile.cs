using Microsoft.Win32.SafeHandles;
using SegML.Files;

namespace SegML.Images;

/// <summary>
/// A file's bytes, or its first ones, in rented memory. The caller says which exception its faults become, so that an
/// unreadable mask is a mask's fault and an unreadable image an image's.
/// </summary>
internal sealed class EncodedFile : IDisposable
{
    private const int StreamChunk = 1 << 16;

    private byte[]? _bytes;

    private EncodedFile(byte[] bytes, int length, bool whole)
    {
        _bytes = bytes;
        Length = length;
        IsWhole = whole;
    }

    /// <summary>How many bytes were read.</summary>
    public int Length { get; }

    /// <summary>Whether that is the whole file.</summary>
    public bool IsWhole { get; }

    /// <summary>The bytes. Writable, because a decoder may use them as scratch space.</summary>
    public Span<byte> Bytes => _bytes.AsSpan(0, Length);

    /// <summary>The rented array behind <see cref="Bytes"/>, for streams.</summary>
    public byte[] Array => _bytes!;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="fault">Makes the exception for a path that is missing, a folder, empty, unreadable or above 2 GB.</param>
    /// <param name="atMost">How many bytes to read at most.</param>
    public static EncodedFile Read(string path, FaultFactory fault, int atMost = int.MaxValue)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        RefuseDevice(path, fault);
        byte[]? bytes = null;
        try
        {
            using SafeFileHandle file = File.OpenHandle(path, options: FileOptions.SequentialScan);
            long size = RandomAccess.GetLength(file);
            if (size == 0)
            {
                throw fault(path, "is empty", "copy it again from its source", null);
            }
            if (Math.Min(size, atMost) > System.Array.MaxLength)
            {
                throw fault(path, "is larger than 2 GB", "scale it down", null);
            }
            int wanted = (int)Math.Min(size, atMost);
            bytes = Rented.Rent<byte>(wanted);
            int length = 0;
            while (length < wanted)
            {
                int read = RandomAccess.Read(file, bytes.AsSpan(length, wanted - length), length);
                if (read == 0)
                {
                    break;
                }
                length += read;
            }
            var result = new EncodedFile(bytes, length, length == size);
            bytes = null;
            return result;
        }
        catch (Exception e) when (UnreadableFile.Is(e))
        {
            throw UnreadableFile.Fault(path, fault, e);
        }
        finally
        {
            if (bytes is not null)
            {
                Rented.Return(bytes);
            }
        }
    }

    /// <summary>Reads a stream from where it stands to its end.</summary>
    /// <param name="stream">The stream; not disposed.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <param name="fault">Makes the exception for a stream that is empty, unreadable or above 2 GB.</param>
    public static EncodedFile Read(Stream stream, string name, FaultFactory fault)
    {
        byte[] bytes = Rented.Rent<byte>(StreamChunk);
        try
        {
            int length = 0;
            for (int read; (read = stream.Read(bytes.AsSpan(length))) > 0;)
            {
                length += read;
                if (length == bytes.Length)
                {
                    bytes = Doubled(bytes, name, fault);
                }
            }
            if (length == 0)
            {
                throw fault(name, "is empty", "rewind the stream or check its source", null);
            }
            var result = new EncodedFile(bytes, length, whole: true);
            bytes = [];
            return result;
        }
        catch (Exception e) when (e is IOException or NotSupportedException or InvalidDataException)
        {
            throw fault(name, UnreadableFile.Because(e), "check the stream", e);
        }
        finally
        {
            Rented.Return(bytes);
        }
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        byte[]? bytes = Interlocked.Exchange(ref _bytes, null);
        if (bytes is not null)
        {
            Rented.Return(bytes);
        }
    }

    private static byte[] Doubled(byte[] bytes, string name, FaultFactory fault)
    {
        if (bytes.Length == System.Array.MaxLength)
        {
            throw fault(name, "is larger than 2 GB", "scale it down", null);
        }
        byte[] larger = Rented.Rent<byte>((int)Math.Min(2L * bytes.Length, System.Array.MaxLength));
        bytes.CopyTo(larger, 0);
        Rented.Return(bytes);
        return larger;
    }

    /// <summary>Refuses a pipe or a device: reading it could wait for ever or never end.</summary>
    internal static void RefuseDevice(string path, FaultFactory fault)
    {
        if (FileIdentity.IsStreamOrDevice(path))
        {
            throw fault(path, "is a pipe or a device", "name a file", null);
        }
    }
}
