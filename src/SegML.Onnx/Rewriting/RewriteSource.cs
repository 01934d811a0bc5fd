using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;

namespace SegML.Onnx.Rewriting;

/// <summary>Reads models that are to be rewritten.</summary>
internal static class RewriteSource
{
    /// <summary>Reads a model.</summary>
    /// <exception cref="OnnxExportException">It is no ONNX model, or not all of it is in the file.</exception>
    public static ModelProto Read(string path)
    {
        ModelProto model = ModelFile.Read(path);
        return Constants.All(model.Graph).FirstOrDefault(ExternalData.IsExternal) is { } outside
            ? throw new OnnxExportException(path, $"keeps {outside.Name} in another file", "save the model with its weights inside")
            : model;
    }
}
