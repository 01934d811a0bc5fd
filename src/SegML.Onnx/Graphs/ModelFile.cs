using Google.Protobuf;
using SegML.Files;
using SegML.Onnx.Protobuf;

namespace SegML.Onnx.Graphs;

/// <summary>Model files. They are written whole or not at all: under a temporary name beside the target until they are proven.</summary>
internal static class ModelFile
{
    /// <summary>What one protocol buffer can hold, less what a graph itself may take: larger weights need a file of their own.</summary>
    public const long MaxEmbedded = int.MaxValue - (64L << 20);

    /// <summary>Reads a model. Nothing is allocated but for what the file really holds: lengths that it claims are not believed.</summary>
    /// <exception cref="OnnxExportException">There is no such file, it is no ONNX model, or it points out of its folder.</exception>
    public static ModelProto Read(string path)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            if (stream.Length > Array.MaxLength)
            {
                throw new IOException("it is larger than 2 GB");
            }
            byte[] content = new byte[stream.Length];
            stream.ReadExactly(content);
            if (ModelSeal.Check(content) == ModelSeal.State.Damaged)
            {
                throw new OnnxExportException(path, "is not as it was written (its checksum differs)",
                    $"copy or export it again; if it was changed on purpose, remove {ModelSeal.Key} from its metadata");
            }
            ModelProto model = Unseal(ModelProto.Parser.ParseFrom(content));
            if (model.Graph is null)
            {
                throw new IOException("it holds no graph");
            }
            ExternalData.CheckLocations(model, path);
            return model;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OnnxExportException(path, $"cannot be read as an ONNX model ({e.Message.TrimEnd('.')})", "give the file of a whole ONNX model", e);
        }
    }

    /// <summary>Reads a model that is to be converted, with all of its constants.</summary>
    /// <exception cref="OnnxExportException">As <see cref="Read"/>, or not all of the model is in the file.</exception>
    public static ModelProto ReadWhole(string path)
    {
        ModelProto model = Read(path);
        return Constants.All(model.Graph).FirstOrDefault(ExternalData.IsExternal) is { } outside
            ? throw new OnnxExportException(path, $"keeps {outside.Name} in another file", "save the model with its weights inside")
            : model;
    }

    /// <summary>Writes a model, lets it be checked, and gives it its name.</summary>
    /// <param name="path">The model file; its folder is created when missing, a file of that name is replaced.</param>
    /// <param name="model">The model.</param>
    /// <param name="check">Gets the temporary file's path; an exception from it means that no file is left behind.</param>
    /// <param name="maxEmbedded">Weights of more bytes than this, all together, go into a file beside the model.</param>
    /// <remarks>
    /// A model and its weights' file are replaced together: the weights' name tells their content, so that those of the old model stay
    /// until the new model has its name.
    /// </remarks>
    public static void Write(string path, ModelProto model, Action<string> check, long maxEmbedded = MaxEmbedded)
    {
        string full = Path.GetFullPath(path), temporary = TemporaryFile.For(full);
        string? weights = null;
        bool created = false, named = false;
        try
        {
            Store(path, () =>
            {
                Directory.CreateDirectory(Path.GetDirectoryName(full)!);
                TemporaryFile.DeleteLeft(Path.GetDirectoryName(full)!);
                if (model.Graph.Initializer.Sum(i => (long)i.RawData.Length) > maxEmbedded)
                {
                    (weights, created) = ExternalData.Write(model, full);
                }
                using var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16);
                WriteSealed(model, stream);
                stream.Flush(flushToDisk: true);
            });
            check(temporary);
            string[] old = WeightsOf(full);
            Store(path, () => File.Move(temporary, full, overwrite: true));
            named = true;
            Array.ForEach([.. old.Where(o => o != weights)], Delete);
        }
        finally
        {
            Delete(temporary);
            if (created && !named)
            {
                Delete(weights!);
            }
        }
    }

    /// <summary>Writes a model and its checksum to an empty file.</summary>
    public static void WriteSealed(ModelProto model, Stream stream)
    {
        Unseal(model);
        WriteZeros(model.Graph);
        model.WriteTo(stream);
        stream.Position = 0;
        stream.Write(ModelSeal.Of(stream));
    }

    /// <summary>Lets attributes of 0 be in the file, which earlier versions left out: OpenCV refuses an attribute without its value.</summary>
    private static void WriteZeros(GraphProto graph)
    {
        foreach (AttributeProto attribute in graph.Node.SelectMany(n => n.Attribute))
        {
            switch (attribute.Type)
            {
                case AttributeProto.Types.AttributeType.Int:
                    attribute.I = attribute.I;
                    break;
                case AttributeProto.Types.AttributeType.Float:
                    attribute.F = attribute.F;
                    break;
                case AttributeProto.Types.AttributeType.Graph:
                    WriteZeros(attribute.G);
                    break;
            }
        }
    }

    /// <summary>Removes the checksum of a file that a model was read from.</summary>
    public static ModelProto Unseal(ModelProto model)
    {
        foreach (StringStringEntryProto old in model.MetadataProps.Where(m => m.Key == ModelSeal.Key).ToArray())
        {
            model.MetadataProps.Remove(old);
        }
        return model;
    }

    // The weights that an earlier export wrote beside the model of this name; files of any other name are not ours to delete. The old model
    // is read only where there is such a file.
    private static string[] WeightsOf(string path)
    {
        string[] beside = !File.Exists(path) ? [] : Directory.GetFiles(Path.GetDirectoryName(path)!, $"{Path.GetFileName(path)}.*.data");
        try
        {
            return beside.Length == 0 ? [] : [.. ExternalData.Locations(Read(path)).Select(l => Path.Combine(Path.GetDirectoryName(path)!, l)).Where(beside.Contains)];
        }
        catch (OnnxExportException)
        {
            return []; // What is to be replaced need not be a model.
        }
    }

    private static void Store(string path, Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OnnxExportException(path, $"cannot be written ({e.Message.TrimEnd('.')})", "free some space or choose a folder you may write to", e);
        }
    }

    private static void Delete(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What happened to the model matters more than a temporary file that cannot be removed.
        }
    }
}
