using SegML.Annotations.Formats;
using SegML.Images;
using SegML.Pipelines;

namespace SegML.Scoring.Adoption.Presets;

/// <summary>Ultralytics' semantic models, whose metadata has the task and the class names (https://docs.ultralytics.com/integrations/onnx/).</summary>
internal static class Ultralytics
{
    private const int UsualSize = 640;

    public static ModelDescription Describe(PresetSource source)
    {
        string names = source.Graph.Property("names")
            ?? throw ModelPreset.Other(source, "has no names in its metadata, which Ultralytics writes", "choose the preset of the tool that exported it, or describe it");
        string? task = source.Graph.Property("task");
        if (task is "detect" or "classify" or "pose" or "obb")
        {
            throw ModelPreset.Other(source, $"is for the task {task}, and gives no mask", "export a segmentation model");
        }
        int stride = int.TryParse(source.Graph.Property("stride"), out int number) ? number : 32;
        InputDescription input = source.Sized(new InputDescription { Filter = ResizeFilter.Linear }, UsualSize, UsualSize, InputFit.Letterbox);
        return new ModelDescription
        {
            Input = source.HasFixedSize || UsualSize % stride == 0 ? input : input with { Width = UsualSize / stride * stride, Height = UsualSize / stride * stride },
            Classes = PresetSource.Classes(Names(names)),
        };
    }

    /// <summary>The names in Ultralytics' metadata: a Python dictionary, {0: 'person', 1: 'bicycle'}.</summary>
    public static IEnumerable<string> Names(string dictionary) =>
        YoloNames.FromYaml($"names: {dictionary}").Select((name, id) => name ?? $"class {id}");
}
