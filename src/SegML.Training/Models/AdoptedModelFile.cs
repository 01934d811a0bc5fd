using SegML.Files;
using SegML.Onnx;
using SegML.Onnx.Analysis;
using SegML.Scoring.Adoption;

namespace SegML.Training.Models;

/// <summary>Writes adopted models, with what tiles need: the network's receptive field and global means, computed from its graph.</summary>
public static class AdoptedModelFile
{
    /// <summary>Writes a model.</summary>
    /// <param name="model">The adopted model.</param>
    /// <param name="path">The ONNX file to write; replaced where it exists.</param>
    /// <exception cref="OutputException">It cannot be written.</exception>
    /// <exception cref="OnnxExportException">It cannot be written, or the graph cannot be read.</exception>
    public static void Write(AdoptedModel model, string path)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(path);
        string temporary = Path.Combine(Directory.CreateTempSubdirectory("segml-").FullName, "adopted.onnx");
        try
        {
            File.WriteAllBytes(temporary, model.Model);
            ModelProperties.Refresh(temporary, path);
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(temporary)!, recursive: true);
        }
    }
}
