using SegML.Onnx.Protobuf;

namespace SegML.Onnx.Graphs;

/// <summary>A converted model's metadata: its source's, with some keys replaced or added.</summary>
internal static class MetadataProperties
{
    public static void Set(ModelProto model, IReadOnlyDictionary<string, string> metadata)
    {
        StringStringEntryProto[] kept = [.. model.MetadataProps.Where(p => !metadata.ContainsKey(p.Key))];
        model.MetadataProps.Clear();
        model.MetadataProps.AddRange(kept);
        model.MetadataProps.AddRange(metadata.Select(m => new StringStringEntryProto { Key = m.Key, Value = m.Value }));
    }
}
