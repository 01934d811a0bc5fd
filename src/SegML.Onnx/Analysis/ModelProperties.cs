using System.Text.Json;
using System.Text.Json.Serialization;
using SegML.Onnx.Analysis.ReceptiveFields;
using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;

namespace SegML.Onnx.Analysis;

/// <summary>
/// A model's metadata: what its maker says of it, and for a network from an image to a map the receptive field, which is computed from
/// the graph each time that a model is written. So an app that scores images in tiles need not know ONNX.
/// </summary>
internal static class ModelProperties
{
    private const string ReceptiveField = "segml.receptiveField", Means = "segml.globalMeans";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>Replaces some keys of a model's metadata, or adds them, and brings what is computed from the graph up to date.</summary>
    public static void Set(ModelProto model, IReadOnlyDictionary<string, string> metadata)
    {
        var all = new OrderedDictionary<string, string>(); // Keeps its order, so that writing a model twice gives the same file.
        foreach ((string key, string value) in model.MetadataProps.Select(p => (p.Key, p.Value)).Concat(metadata.Select(m => (m.Key, m.Value))))
        {
            all.Remove(key);
            all[key] = value;
        }
        all.Remove(ReceptiveField);
        all.Remove(Means);
        if (FieldOf(model.Graph) is { } field)
        {
            all[ReceptiveField] = JsonSerializer.Serialize(new { field.Margin, field.Stride, field.UnboundedBy }, Json);
            if (field.Means is { } means)
            {
                all[Means] = JsonSerializer.Serialize(means, Json);
            }
        }
        model.MetadataProps.Clear();
        model.MetadataProps.AddRange(all.Select(m => new StringStringEntryProto { Key = m.Key, Value = m.Value }));
    }

    /// <summary>Writes a model again with what is computed from its graph brought up to date; all else stays.</summary>
    /// <exception cref="OnnxExportException">The model cannot be read, or the file not be written.</exception>
    public static void Refresh(string sourcePath, string path)
    {
        ModelProto model = ModelFile.ReadWhole(sourcePath);
        Set(model, new Dictionary<string, string>());
        ModelFile.Write(path, model, _ => { });
    }

    private static OnnxReceptiveField? FieldOf(GraphProto graph)
    {
        HashSet<string> constants = [.. graph.Initializer.Select(i => i.Name)];
        ValueInfoProto[] inputs = [.. graph.Input.Where(i => !constants.Contains(i.Name))];
        return inputs is [var input] && graph.Output is [var output] && IsMap(input) && IsMap(output)
            ? ReceptiveFieldReader.Read(graph, input.Name, output.Name)
            : null;
    }

    private static bool IsMap(ValueInfoProto value) => value.Type?.TensorType?.Shape?.Dim.Count == 4;
}
