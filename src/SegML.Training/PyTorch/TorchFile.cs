using System.Buffers.Binary;
using System.IO.Compression;
using static TorchSharp.torch;

namespace SegML.Training.PyTorch;

/// <summary>
/// What torch.save writes (.pth, .pt, .bin): a zip archive with a pickle and a file of numbers for each storage or, before PyTorch 1.6, pickles with the
/// numbers behind them. TorchSharp.PyBridge was not taken: it copies whole storages into tensors that are views of them, reads no file from before 1.6, and
/// gives tensors only to a module that has the file's names.
/// </summary>
internal static class TorchFile
{
    // Of the description of tensors; a model of a thousand layers takes less than one.
    private const long MostPickleBytes = 64L << 20;

    /// <summary>Reads all tensors.</summary>
    /// <param name="file">From its beginning; can be sought.</param>
    /// <returns>By name, as the state dictionary has them; the caller disposes them.</returns>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static Dictionary<string, Tensor> Read(Stream file)
    {
        Span<byte> signature = stackalloc byte[4];
        bool isZip = file.ReadAtLeast(signature, 4, throwOnEndOfStream: false) == 4 && signature.SequenceEqual("PK\u0003\u0004"u8);
        file.Position = 0;
        return isZip ? ReadZip(file) : ReadOld(file);
    }

    private static Dictionary<string, Tensor> ReadZip(Stream file)
    {
        using var archive = new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: true);
        ZipArchiveEntry pickle = archive.Entries.FirstOrDefault(e => e.Name == "data.pkl") ?? throw new InvalidDataException("it has no data.pkl");
        string root = pickle.FullName[..^"data.pkl".Length];
        if (archive.GetEntry(root + "byteorder") is { } order && System.Text.Encoding.UTF8.GetString(Content(order, 16)) != "little")
        {
            throw new InvalidDataException("its numbers are stored in the big-endian order");
        }
        object? content = Pickle.Read(new MemoryStream(Content(pickle, MostPickleBytes)));
        return Create(StateDict.Of(content), file.Length, t => Content(archive.GetEntry($"{root}data/{t.Key}") ?? throw new InvalidDataException($"it lacks data/{t.Key}"), t.Bytes));
    }

    private static byte[] Content(ZipArchiveEntry entry, long most)
    {
        // torch.save never compresses, so that no entry is larger than the file.
        if (entry.Length > most || entry.CompressedLength != entry.Length)
        {
            throw new InvalidDataException($"{entry.FullName} has {entry.Length} bytes, and at most {most} uncompressed ones are expected");
        }
        byte[] bytes = new byte[entry.Length];
        using Stream stream = entry.Open();
        stream.ReadExactly(bytes);
        return bytes;
    }

    // Magic number, protocol, machine, content and the storages' names, a pickle each; then for each name a count and the numbers.
    private static Dictionary<string, Tensor> ReadOld(Stream file)
    {
        using var buffered = new BufferedStream(file, 1 << 16);
        object? magic = Pickle.Read(buffered);
        if (magic is not (null or long))
        {
            throw new InvalidDataException("it is no file of torch.save");
        }
        Pickle.Read(buffered);
        Pickle.Read(buffered);
        IReadOnlyList<KeyValuePair<string, PickledTensor>> tensors = StateDict.Of(Pickle.Read(buffered));
        object?[] keys = (Pickle.Read(buffered) as List<object?>)?.ToArray() ?? throw new InvalidDataException("it has no list of storages");
        Dictionary<string, PickledTensor> byKey = tensors.Select(p => p.Value).DistinctBy(t => t.Key).ToDictionary(t => t.Key);
        Dictionary<string, byte[]> storages = [];
        byte[] count = new byte[8];
        foreach (object? key in keys)
        {
            buffered.ReadExactly(count);
            long elements = BinaryPrimitives.ReadInt64LittleEndian(count);
            // What is not among the tensors, an optimizer's state for one, has a type that only its own place tells: it can only come last.
            if (key is not string name || !byKey.TryGetValue(name, out PickledTensor? tensor))
            {
                throw new InvalidDataException("it holds more than weights, in the format from before PyTorch 1.6; save its state_dict() alone");
            }
            if (elements != tensor.Elements || tensor.Bytes > file.Length)
            {
                throw new InvalidDataException($"storage {name} has {elements} numbers in place of {tensor.Elements}");
            }
            storages[name] = new byte[tensor.Bytes];
            buffered.ReadExactly(storages[name]);
        }
        return Create(tensors, file.Length, t => storages.GetValueOrDefault(t.Key) ?? throw new InvalidDataException($"it lacks storage {t.Key}"));
    }

    private static Dictionary<string, Tensor> Create(IReadOnlyList<KeyValuePair<string, PickledTensor>> tensors, long length, Func<PickledTensor, byte[]> storage)
    {
        // Tensors may share a storage, as tied weights do, but thousands that show the same numbers would take all memory.
        if (tensors.Sum(p => (double)p.Value.Bytes) > 4.0 * length)
        {
            throw new InvalidDataException("its tensors have far more numbers than the file");
        }
        var created = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        try
        {
            foreach ((string name, PickledTensor tensor) in tensors)
            {
                created[name] = tensor.Create(storage(tensor));
            }
            return created;
        }
        catch
        {
            foreach (Tensor tensor in created.Values)
            {
                tensor.Dispose();
            }
            throw;
        }
    }
}
