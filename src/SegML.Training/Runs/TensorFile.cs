using SegML.Files;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Training.Runs;

/// <summary>
/// Named tensors in a file, in the form that TorchSharp's <c>Module.save</c> writes and <c>Module.load</c> reads: a count,
/// then for each its name, type, shape (numbers in LEB128) and bytes. A checksum of all that follows, where <c>Module.load</c> has stopped
/// reading. Reading trusts nothing: the checksum is compared, and sizes are checked against the file before memory is taken.
/// </summary>
internal static class TensorFile
{
    /// <summary>Writes tensors, whole or not at all.</summary>
    /// <exception cref="OutputException">The file cannot be written.</exception>
    public static void Write(string path, IReadOnlyCollection<KeyValuePair<string, Tensor>> tensors) => AtomicFile.Write(path, stream =>
    {
        using var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true);
        writer.Write7BitEncodedInt64(tensors.Count);
        foreach ((string name, Tensor tensor) in tensors)
        {
            // Each of the three may be a tensor of its own, left to the collector without a scope: a thousand with every checkpoint.
            using DisposeScope scope = NewDisposeScope();
            Tensor plain = tensor.detach().cpu().contiguous();
            writer.Write(name);
            writer.Write7BitEncodedInt64((long)plain.dtype);
            writer.Write7BitEncodedInt64(plain.dim());
            foreach (long side in plain.shape)
            {
                writer.Write7BitEncodedInt64(side);
            }
            writer.Write(plain.bytes);
        }
        writer.Flush();
        stream.Position = 0;
        stream.Write(TensorSeal.Of(stream, stream.Length));
    });

    /// <summary>Reads tensors; the caller owns them.</summary>
    /// <exception cref="ModelFormatException">The file is missing, cannot be read, or is not of this form.</exception>
    public static Dictionary<string, Tensor> Read(string path) => Boundary.Checkpoint.Cross(path, () => ReadAll(path));

    private static Dictionary<string, Tensor> ReadAll(string path)
    {
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
            bool isSealed = TensorSeal.IsIntact(stream);
            using var reader = new BinaryReader(stream);
            for (long left = reader.Read7BitEncodedInt64(); left > 0; left--)
            {
                string name = reader.ReadString();
                if (!tensors.TryAdd(name, ReadTensor(reader)))
                {
                    throw new InvalidDataException($"{name} comes twice");
                }
            }
            if (stream.Position != stream.Length - (isSealed ? TensorSeal.Length : 0))
            {
                throw new InvalidDataException("something follows its last tensor");
            }
            if (!isSealed && Path.GetDirectoryName(path) is { } folder && RunFolder.HoldsRun(folder))
            {
                Checksums.TellMissing(folder); // Weights that other programs wrote have none to miss.
            }
            return tensors;
        }
        catch (Exception e) when (e is IOException or InvalidDataException or FormatException or UnauthorizedAccessException)
        {
            Free(tensors);
            throw new ModelFormatException(path, $"cannot be read as a checkpoint ({e.Message.TrimEnd('.')})",
                "check the path, or train again", e);
        }
        catch
        {
            Free(tensors);
            throw;
        }
    }

    /// <summary>Reads tensors, lends them, and frees them.</summary>
    /// <exception cref="ModelFormatException">The file is missing, cannot be read, or is not of this form.</exception>
    public static void Use(string path, Action<IReadOnlyDictionary<string, Tensor>> use)
    {
        Dictionary<string, Tensor> tensors = Read(path);
        try
        {
            use(tensors);
        }
        finally
        {
            Free(tensors);
        }
    }

    /// <summary>Copies tensors into a state of the same names and shapes.</summary>
    /// <param name="tensors">What was read.</param>
    /// <param name="prefix">Which of them: those whose name begins with it.</param>
    /// <param name="state">What is overwritten.</param>
    /// <param name="path">The file, for errors.</param>
    /// <exception cref="ModelFormatException">A tensor is missing or has another shape or type.</exception>
    public static void CopyInto(
        IReadOnlyDictionary<string, Tensor> tensors, string prefix, IEnumerable<KeyValuePair<string, Tensor>> state, string path)
    {
        using IDisposable noGradients = no_grad();
        foreach ((string name, Tensor target) in state)
        {
            if (!tensors.TryGetValue(prefix + name, out Tensor? source)
                || source.dtype != target.dtype || !source.shape.AsSpan().SequenceEqual(target.shape))
            {
                throw new ModelFormatException(path, $"does not hold {prefix}{name} as the network has it",
                    "use the checkpoint with the pipeline that it was trained with");
            }
            target.copy_(source);
        }
    }

    private static void Free(Dictionary<string, Tensor> tensors)
    {
        foreach (Tensor tensor in tensors.Values)
        {
            tensor.Dispose();
        }
    }

    private static Tensor ReadTensor(BinaryReader reader)
    {
        var type = (ScalarType)reader.Read7BitEncodedInt64();
        int width = type switch
        {
            ScalarType.Byte or ScalarType.Int8 or ScalarType.Bool => 1,
            ScalarType.BFloat16 or ScalarType.Float16 or ScalarType.Int16 => 2,
            ScalarType.Float32 or ScalarType.Int32 => 4,
            ScalarType.Float64 or ScalarType.Int64 => 8,
            _ => throw new InvalidDataException($"tensor type {(long)type} is unknown"),
        };
        long dimensions = reader.Read7BitEncodedInt64();
        if (dimensions is < 0 or > 8)
        {
            throw new InvalidDataException($"a tensor of {dimensions} dimensions");
        }
        var shape = new long[dimensions];
        for (int d = 0; d < shape.Length; d++)
        {
            shape[d] = reader.Read7BitEncodedInt64();
        }
        if (!Fits(shape, width, reader.BaseStream.Length - reader.BaseStream.Position))
        {
            throw new EndOfStreamException("the file ends within a tensor");
        }
        Tensor tensor = empty(shape, type).DetachFromDisposeScope();
        reader.BaseStream.ReadExactly(tensor.bytes);
        return tensor;
    }

    private static bool Fits(ReadOnlySpan<long> shape, long width, long left)
    {
        long bytes = shape.Contains(0) ? 0 : width;
        foreach (long side in shape)
        {
            if (side < 0 || (bytes > 0 && side > left / bytes))
            {
                return false;
            }
            bytes *= side;
        }
        return bytes <= left;
    }
}
