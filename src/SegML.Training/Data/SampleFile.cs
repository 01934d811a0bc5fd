using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using SegML.Files;

namespace SegML.Training.Data;

/// <summary>
/// Decoded samples in one file, mapped into memory: what the system's page cache holds costs nothing to read, the rest one disk
/// access. First come the samples as they are, then the index - place, size and SHA-256 of each, and how many pixels have each mask
/// value - and at the end a footer with the key of what the file was built from. Reading is thread-safe.
/// </summary>
internal sealed unsafe class SampleFile : IDisposable
{
    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private readonly Entry[] _entries;
    private readonly bool[] _known;
    private readonly byte* _start;

    private SampleFile(MemoryMappedFile map, MemoryMappedViewAccessor view, Entry[] entries, long[] pixels)
    {
        (_map, _view, _entries, Pixels) = (map, view, entries, pixels);
        _known = new bool[entries.Length];
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
    }

    /// <summary>Writes a file, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="key">What it is built from.</param>
    /// <param name="count">How many samples.</param>
    /// <param name="read">Gives each, once; called from several threads at a time.</param>
    /// <param name="cancellation">Stops the writing.</param>
    /// <returns>What is wrong with the samples that cannot be read; with any, there is no file.</returns>
    /// <exception cref="OutputException">It cannot be written.</exception>
    public static IReadOnlyList<SegMLException> Write(
        string path, ReadOnlyMemory<byte> key, int count, Func<int, Sample> read, CancellationToken cancellation)
    {
        IReadOnlyList<SegMLException> faults = [];
        try
        {
            AtomicFile.WritePath(path, temporary =>
            {
                using SafeFileHandle file = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write);
                var entries = new Entry[count];
                var pixels = new long[256];
                long end = 0;
                faults = EverySample.Visit(count, i =>
                {
                    Sample sample = read(i);
                    long at = Interlocked.Add(ref end, sample.Size) - sample.Size;
                    RandomAccess.Write(file, sample.Rgba, at);
                    RandomAccess.Write(file, sample.Ids, at + sample.Rgba.Length);
                    entries[i] = new Entry(at, sample.Width, sample.Height, sample.Channels, Hash(sample));
                    sample.Count(pixels);
                }, cancellation);
                if (faults.Count > 0)
                {
                    throw faults[0];
                }
                byte[] index = [.. MemoryMarshal.AsBytes(entries.AsSpan()), .. MemoryMarshal.AsBytes(pixels.AsSpan())];
                RandomAccess.Write(file, index, end);
                RandomAccess.Write(file, Footer(key.Span, index), end + index.Length);
            });
        }
        catch (SegMLException) when (faults.Count > 0)
        {
            // Thrown above, so that nothing takes the file's name.
        }
        return faults;
    }

    /// <summary>Opens a file.</summary>
    /// <returns>Null where there is none, or it was built from something else, or is damaged.</returns>
    public static SampleFile? Open(string path, ReadOnlySpan<byte> key, int count)
    {
        int entriesLength = count * sizeof(Entry), indexLength = entriesLength + 256 * sizeof(long);
        var tail = new byte[indexLength + 2 * SHA256.HashSizeInBytes];
        MemoryMappedFile map;
        try
        {
            using SafeFileHandle file = File.OpenHandle(path);
            long length = RandomAccess.GetLength(file), data = length - tail.Length;
            if (data <= 0 || RandomAccess.Read(file, tail, data) != tail.Length
                || !Footer(key, tail.AsSpan(0, indexLength)).AsSpan().SequenceEqual(tail.AsSpan(indexLength)))
            {
                return null;
            }
            map = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
        return new SampleFile(map, map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read),
            MemoryMarshal.Cast<byte, Entry>(tail.AsSpan(0, entriesLength)).ToArray(),
            MemoryMarshal.Cast<byte, long>(tail.AsSpan(entriesLength, indexLength - entriesLength)).ToArray());
    }

    /// <summary>Pixels by mask value over all samples: 256 counts.</summary>
    public long[] Pixels { get; }

    /// <summary>Gives a sample, good until the file is disposed.</summary>
    /// <returns>Null where its bytes are not those that were written; looked at once.</returns>
    public Sample? Get(int index)
    {
        ref readonly Entry entry = ref _entries[index];
        int pixels = entry.Width * entry.Height;
        byte* start = _start + entry.Offset;
        // Four bytes, or as many floats as there are channels.
        int length = checked(4 * pixels * Math.Max(1, entry.Channels));
        var sample = new Sample(entry.Width, entry.Height, new MappedBytes(start, length).Memory, new MappedBytes(start + length, pixels).Memory, entry.Channels);
        if (!Volatile.Read(ref _known[index]))
        {
            if (Hash(sample) != entry.Hash)
            {
                return null;
            }
            Volatile.Write(ref _known[index], true);
        }
        return sample;
    }

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map.Dispose();
    }

    private static UInt128 Hash(Sample sample)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(sample.Rgba);
        hash.AppendData(sample.Ids);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        return MemoryMarshal.Read<UInt128>(digest);
    }

    private static byte[] Footer(ReadOnlySpan<byte> key, ReadOnlySpan<byte> index) => [.. SHA256.HashData(key), .. SHA256.HashData(index)];

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Entry(long Offset, int Width, int Height, int Channels, UInt128 Hash);
}
