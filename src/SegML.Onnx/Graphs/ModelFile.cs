using Google.Protobuf;
using SegML.Onnx.Protobuf;

namespace SegML.Onnx.Graphs;

/// <summary>Model files. They are written whole or not at all: under a temporary name beside the target until they are proven.</summary>
internal static class ModelFile
{
    /// <summary>Reads a model.</summary>
    /// <exception cref="OnnxExportException">There is no such file, or it is no ONNX model.</exception>
    public static ModelProto Read(string path)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            var model = ModelProto.Parser.ParseFrom(stream);
            return model.Graph is null ? throw new IOException("it holds no graph") : model;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OnnxExportException(path, $"cannot be read as an ONNX model ({e.Message.TrimEnd('.')})", "give a model that OnnxExporter wrote", e);
        }
    }

    /// <summary>Writes a model, lets it be checked, and gives it its name.</summary>
    /// <param name="path">The model file; its folder is created when missing, a file of that name is replaced.</param>
    /// <param name="model">The model.</param>
    /// <param name="check">Gets the temporary file's path; an exception from it means that no file is left behind.</param>
    public static void Write(string path, ModelProto model, Action<string> check)
    {
        string full = Path.GetFullPath(path), temporary = $"{full}.{Guid.NewGuid():N}.tmp";
        try
        {
            Store(path, () =>
            {
                Directory.CreateDirectory(Path.GetDirectoryName(full)!);
                using var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16);
                model.WriteTo(stream);
                stream.Flush(flushToDisk: true);
            });
            check(temporary);
            Store(path, () => File.Move(temporary, full, overwrite: true));
        }
        finally
        {
            Delete(temporary);
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
