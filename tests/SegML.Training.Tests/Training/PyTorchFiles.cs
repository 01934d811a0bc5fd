using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace SegML.Tests.Training;

/// <summary>Writes small checkpoints as torch.save and safetensors do.</summary>
internal static class PyTorchFiles
{
    /// <summary>A zip archive of torch.save.</summary>
    /// <param name="path">The file.</param>
    /// <param name="pickle">data.pkl.</param>
    /// <param name="storages">The numbers, data/0 and so on.</param>
    public static void Zip(string path, byte[] pickle, params byte[][] storages)
    {
        using FileStream file = File.Create(path);
        using var archive = new ZipArchive(file, ZipArchiveMode.Create);
        Entry("net/data.pkl", pickle);
        for (int i = 0; i < storages.Length; i++)
        {
            Entry($"net/data/{i}", storages[i]);
        }

        void Entry(string name, byte[] content)
        {
            using Stream stream = archive.CreateEntry(name, CompressionLevel.NoCompression).Open();
            stream.Write(content);
        }
    }

    /// <summary>A state dictionary of the tensors of float32, a storage for each.</summary>
    public static void ZipOf(string path, IEnumerable<KeyValuePair<string, Tensor>> tensors)
    {
        KeyValuePair<string, Tensor>[] items = [.. tensors.Where(t => t.Value.dtype == ScalarType.Float32)];
        var pickle = new PickleWriter().Start().OrderedDict().Mark();
        for (int i = 0; i < items.Length; i++)
        {
            pickle.Text(items[i].Key).Tensor(i.ToString(), items[i].Value.numel(), 0, items[i].Value.shape);
        }
        Zip(path, pickle.SetItems().Stop(), [.. items.Select(p => p.Value.bytes.ToArray())]);
    }

    /// <summary>The format from before PyTorch 1.6.</summary>
    public static void OldOf(string path, IEnumerable<KeyValuePair<string, Tensor>> tensors)
    {
        KeyValuePair<string, Tensor>[] items = [.. tensors.Where(t => t.Value.dtype == ScalarType.Float32)];
        var content = new PickleWriter().Start().OrderedDict().Mark();
        var keys = new PickleWriter().Start().List().Mark();
        for (int i = 0; i < items.Length; i++)
        {
            content.Text(items[i].Key).Tensor(i.ToString(), items[i].Value.numel(), 0, items[i].Value.shape);
            keys.Text(i.ToString());
        }
        using FileStream file = File.Create(path);
        // The magic number is one of ten bytes.
        file.Write([0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, (byte)'.']);
        file.Write(new PickleWriter().Start().Int(1001).Stop());
        file.Write(new PickleWriter().Start().OrderedDict().Stop());
        file.Write(content.SetItems().Stop());
        file.Write(keys.Appends().Stop());
        byte[] count = new byte[8];
        foreach ((_, Tensor tensor) in items)
        {
            BinaryPrimitives.WriteInt64LittleEndian(count, tensor.numel());
            file.Write(count);
            file.Write(tensor.bytes.ToArray());
        }
    }

    /// <summary>A .safetensors file.</summary>
    public static void SafeTensorsOf(string path, IEnumerable<KeyValuePair<string, Tensor>> tensors)
    {
        var header = new JsonObject { ["__metadata__"] = new JsonObject { ["format"] = "pt" } };
        using var numbers = new MemoryStream();
        foreach ((string name, Tensor tensor) in tensors)
        {
            long start = numbers.Length;
            numbers.Write(tensor.bytes.ToArray());
            header[name] = new JsonObject
            {
                ["dtype"] = tensor.dtype == ScalarType.Float32 ? "F32" : "I64",
                ["shape"] = new JsonArray([.. tensor.shape.Select(s => JsonValue.Create(s))]),
                ["data_offsets"] = new JsonArray(start, numbers.Length),
            };
        }
        SafeTensors(path, header.ToJsonString(), numbers.ToArray());
    }

    public static void SafeTensors(string path, string header, byte[] numbers)
    {
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, Encoding.UTF8.GetByteCount(header));
        File.WriteAllBytes(path, [.. length, .. Encoding.UTF8.GetBytes(header), .. numbers]);
    }
}

/// <summary>Pickles of protocol 2, an instruction at a time.</summary>
internal sealed class PickleWriter
{
    private readonly MemoryStream _bytes = new();

    public PickleWriter Start() => Raw(0x80, 2);

    public PickleWriter Mark() => Raw((byte)'(');

    public PickleWriter List() => Raw((byte)']');

    public PickleWriter SetItems() => Raw((byte)'u');

    public PickleWriter Appends() => Raw((byte)'e');

    public PickleWriter Tuple() => Raw((byte)'t');

    public PickleWriter Reduce() => Raw((byte)'R');

    public PickleWriter OrderedDict() => Name("collections", "OrderedDict").Raw((byte)')').Reduce();

    public PickleWriter Name(string module, string member) => Raw([(byte)'c', .. Encoding.UTF8.GetBytes($"{module}\n{member}\n")]);

    public PickleWriter Int(long value)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return Raw([0x8a, 8, .. bytes]);
    }

    public PickleWriter Text(string text)
    {
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, Encoding.UTF8.GetByteCount(text));
        return Raw([(byte)'X', .. length, .. Encoding.UTF8.GetBytes(text)]);
    }

    /// <summary>A tensor of a storage; rows behind each other unless strides are given.</summary>
    public PickleWriter Tensor(string storage, long elements, long offset, long[] shape, long[]? strides = null, string type = "FloatStorage")
    {
        strides ??= [.. shape.Select((_, i) => shape.Skip(i + 1).Aggregate(1L, (a, b) => a * b))];
        Name("torch._utils", "_rebuild_tensor_v2").Mark();
        Mark().Text("storage").Name("torch", type).Text(storage).Text("cpu").Int(elements).Tuple().Raw((byte)'Q').Int(offset);
        Numbers(shape).Numbers(strides).Raw(0x89).OrderedDict();
        return Tuple().Reduce();
    }

    public PickleWriter Raw(params byte[] bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    public byte[] Stop() => Raw((byte)'.')._bytes.ToArray();

    private PickleWriter Numbers(long[] values)
    {
        Mark();
        foreach (long value in values)
        {
            Int(value);
        }
        return Tuple();
    }
}
