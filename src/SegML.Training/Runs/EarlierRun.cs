using System.Text.Json.Nodes;
using SegML.Pipelines;

namespace SegML.Training.Runs;

/// <summary>What a run folder holds when a run begins.</summary>
internal static class EarlierRun
{
    /// <summary>Reads the pipeline of the run that is gone on with.</summary>
    /// <returns>Null where there is none.</returns>
    /// <exception cref="OutputException">There is one, and resuming was not asked for.</exception>
    /// <exception cref="ModelFormatException">It was trained by another recipe.</exception>
    public static Pipeline? Find(Pipeline pipeline, string folder, bool resume)
    {
        if (!RunFolder.HoldsRun(folder))
        {
            return null;
        }
        if (!resume)
        {
            throw new OutputException(folder, "already holds a training run", "pass --resume to go on with it, or choose another folder");
        }
        Pipeline earlier = RunFolder.ReadPipeline(folder);
        if (Difference(Recipe(earlier), Recipe(pipeline)) is { } difference)
        {
            throw Other(difference);
        }
        return pipeline.Training.Epochs >= earlier.Training.Epochs
            ? earlier
            : throw Other($"training.epochs {earlier.Training.Epochs}, not {pipeline.Training.Epochs}");

        ModelFormatException Other(string difference) => new(folder, $"was trained with {difference}",
            "resume with the same pipeline and settings (only training.epochs may be raised), or choose another folder");
    }

    private static JsonNode Recipe(Pipeline pipeline) => JsonNode.Parse(PipelineFile.ToJson(
        pipeline with { Data = new DataOptions(), Tune = null, Training = pipeline.Training with { Epochs = 1, KeepCheckpoints = 0 } }))!;

    /// <summary>The first value in which two recipes differ, in the words of the first: <c>network.name "unet", not "fcn-light"</c>.</summary>
    private static string? Difference(JsonNode? was, JsonNode? isNow, string path = "")
    {
        return (was, isNow) switch
        {
            (JsonObject a, JsonObject b) => a.Select(p => p.Key).Union(b.Select(p => p.Key))
                .Select(key => Difference(a[key], b[key], path.Length == 0 ? key : $"{path}.{key}")).FirstOrDefault(d => d is not null),
            (JsonArray a, JsonArray b) when a.Count == b.Count => a.Select((item, i) => Difference(item, b[i], $"{path}[{i}]")).FirstOrDefault(d => d is not null),
            (JsonArray a, JsonArray b) => $"{a.Count} {path}, not {b.Count}",
            _ => JsonNode.DeepEquals(was, isNow) ? null : $"{path} {Text(was)}, not {Text(isNow)}",
        };

        static string Text(JsonNode? node) => node is null ? "left out" : node.ToJsonString();
    }
}
