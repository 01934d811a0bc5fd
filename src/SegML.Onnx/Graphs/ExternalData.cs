using System.Globalization;
using System.Security.Cryptography;
using Google.Protobuf;
using SegML.Files;
using SegML.Onnx.Protobuf;

namespace SegML.Onnx.Graphs;

/// <summary>
/// Weights in a file beside the model, for models beyond the 2 GB that one protocol buffer can hold
/// (https://github.com/onnx/onnx/blob/main/docs/ExternalData.md).
/// </summary>
internal static class ExternalData
{
    /// <summary>The alignment of a tensor's content, so that a reader may map it into memory.</summary>
    private const int Page = 4096;

    /// <summary>Constants of fewer bytes stay in the model: shapes, scales, slopes.</summary>
    private const int Small = 1024;

    private const int PartSize = 1 << 16;

    /// <summary>Refuses a model whose constants lie outside its folder.</summary>
    /// <exception cref="OnnxExportException">A location is absolute, leads out of the folder, or is a link that does.</exception>
    public static void CheckLocations(ModelProto model, string modelPath)
    {
        foreach (TensorProto tensor in Constants.All(model.Graph).Where(IsExternal))
        {
            Locate(tensor, modelPath);
        }
    }

    public static bool IsExternal(TensorProto tensor) => tensor.DataLocation == TensorProto.Types.DataLocation.External;

    /// <summary>The names of the files beside the model that it reads.</summary>
    public static IEnumerable<string> Locations(ModelProto model) =>
        Constants.All(model.Graph).Where(IsExternal).Select(t => Entry(t, "location") ?? "").Distinct();

    /// <summary>Reads a constant's content, once its place in the file is known to be right.</summary>
    /// <param name="tensor">The constant.</param>
    /// <param name="modelPath">The model that it belongs to.</param>
    /// <param name="length">The number of bytes that its type and shape ask for.</param>
    /// <exception cref="OnnxExportException">The file is missing, too short, or of another length than the shape.</exception>
    public static byte[] Read(TensorProto tensor, string modelPath, long length)
    {
        string path = Locate(tensor, modelPath);
        try
        {
            using FileStream stream = File.OpenRead(path);
            long offset = Number(tensor, "offset", 0), given = Number(tensor, "length", length);
            if (offset < 0 || given != length || length > Array.MaxLength || offset > stream.Length - length)
            {
                throw new OnnxExportException(modelPath, $"wants {length} bytes of {tensor.Name} at {offset} of {Path.GetFileName(path)}, which has {given} of {stream.Length}",
                    "get both files again, from one export");
            }
            var content = new byte[length];
            stream.Position = offset;
            stream.ReadExactly(content);
            return content;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OnnxExportException(modelPath, $"keeps {tensor.Name} in {Path.GetFileName(path)}, which cannot be read ({e.Message.TrimEnd('.')})",
                "put that file beside the model", e);
        }
    }

    /// <summary>Takes part of a constant's content.</summary>
    /// <param name="start">Where in the content the part begins, in bytes.</param>
    /// <param name="part">The part, a multiple of eight bytes unless it is the last.</param>
    /// <returns>Whether it is as it should be.</returns>
    public delegate bool Fits(long start, ReadOnlySpan<byte> part);

    /// <summary>Whether all of a constant's content is as it should be. What lies in a file is read part by part.</summary>
    /// <param name="tensor">The constant.</param>
    /// <param name="modelPath">The model that it belongs to.</param>
    /// <param name="length">The number of bytes that its content should have.</param>
    /// <param name="fits">Looks at one part after the other.</param>
    public static bool All(TensorProto tensor, string modelPath, long length, Fits fits)
    {
        if (!IsExternal(tensor))
        {
            return tensor.RawData.Length == length && fits(0, tensor.RawData.Span);
        }
        using FileStream stream = File.OpenRead(Locate(tensor, modelPath));
        long offset = Number(tensor, "offset", 0);
        if (Number(tensor, "length", -1) != length || offset < 0 || offset > stream.Length - length)
        {
            return false;
        }
        stream.Position = offset;
        byte[] part = new byte[Math.Min(length, PartSize)];
        for (long start = 0; start < length; start += part.Length)
        {
            Span<byte> now = part.AsSpan(0, (int)Math.Min(part.Length, length - start));
            stream.ReadExactly(now);
            if (!fits(start, now))
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>Moves the large constants into a file beside the model's, named after the model and its content.</summary>
    /// <param name="model">The model, whose constants then point to the file.</param>
    /// <param name="modelPath">The full path that the model is going to have.</param>
    /// <returns>The file's path, and whether it is new: one of the same name has the same content.</returns>
    public static (string Path, bool Created) Write(ModelProto model, string modelPath)
    {
        TensorProto[] large = [.. model.Graph.Initializer.Where(i => i.RawData.Length >= Small)];
        string temporary = TemporaryFile.For(modelPath);
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16))
            {
                foreach (TensorProto tensor in large)
                {
                    stream.Position = (stream.Position + Page - 1) / Page * Page;
                    AddEntry(tensor, "offset", stream.Position);
                    AddEntry(tensor, "length", tensor.RawData.Length);
                    stream.Write(tensor.RawData.Span);
                    tensor.RawData = ByteString.Empty;
                    tensor.DataLocation = TensorProto.Types.DataLocation.External;
                }
                stream.Flush(flushToDisk: true);
            }
            string path = $"{modelPath}.{Digest(temporary)}.data";
            foreach (TensorProto tensor in large)
            {
                tensor.ExternalData.Insert(0, new StringStringEntryProto { Key = "location", Value = Path.GetFileName(path) });
            }
            bool created = !File.Exists(path);
            File.Move(temporary, path, overwrite: true);
            return (path, created);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Lets a constant refer to its content in a file beside the model.</summary>
    public static void Refer(TensorProto tensor, string file, long offset, long length)
    {
        tensor.RawData = ByteString.Empty;
        tensor.DataLocation = TensorProto.Types.DataLocation.External;
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = file });
        AddEntry(tensor, "offset", offset);
        AddEntry(tensor, "length", length);
    }

    private static string Digest(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream))[..16];
    }

    private static string Locate(TensorProto tensor, string modelPath)
    {
        string location = Entry(tensor, "location") ?? "", folder = Path.GetDirectoryName(Path.GetFullPath(modelPath))!;
        string path = Path.GetFullPath(Path.Combine(folder, location));
        string real = new FileInfo(path) is { Exists: true, LinkTarget: not null } link ? link.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? "" : path;
        bool inside = location.Length > 0 && !Path.IsPathRooted(location) && Within(path, folder) && Within(real, folder);
        return inside ? path : throw new OnnxExportException(modelPath, $"keeps {tensor.Name} in \"{location}\", outside its own folder",
            "trust no such model; if it is yours, save it with its weights beside it");
    }

    private static bool Within(string path, string folder) =>
        path.StartsWith(folder.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static string? Entry(TensorProto tensor, string key) => tensor.ExternalData.FirstOrDefault(e => e.Key == key)?.Value;

    private static void AddEntry(TensorProto tensor, string key, long value) =>
        tensor.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value.ToString(CultureInfo.InvariantCulture) });

    private static long Number(TensorProto tensor, string key, long missing) => Entry(tensor, key) is not { } text
        ? missing
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : -1;
}
