using System.Text.Json.Nodes;
using SegML.Pipelines;

namespace SegML.Training.Planning;

/// <summary>A choice of the planner: one key of the pipeline file, or several that belong together.</summary>
/// <param name="Keys">The keys: "input.width", "input.height".</param>
/// <param name="Reason">Why, a sentence without a full stop.</param>
public sealed record PlanDecision(IReadOnlyList<string> Keys, string Reason)
{
    /// <summary>The keys' values in a pipeline, as the file has them: "480" and "360".</summary>
    public string[] ValuesIn(Pipeline pipeline)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        JsonNode root = JsonNode.Parse(PipelineFile.ToJson(pipeline))!;
        return [.. Keys.Select(key => Find(root, key)?.ToJsonString() ?? "none")];
    }

    private static JsonNode? Find(JsonNode root, string key) => key.Split('.').Aggregate((JsonNode?)root, (node, part) => (node as JsonObject)?[part]);
}
