using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using SegML.Files;
using SegML.Masks;
using SegML.Pipelines;

namespace SegML.Training.Planning;

/// <summary>A plan as a pipeline file: what was declared and what was planned, each choice under a comment with its reason. Defaults are left out.</summary>
public static class PlannedFile
{
    private const int LineLength = 120;

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the file, whole or not at all.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="path">Where. A data root in or below its folder is written relative to it.</param>
    /// <exception cref="OutputException">The file cannot be written.</exception>
    public static void Write(PipelinePlan plan, string path)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentException.ThrowIfNullOrEmpty(path);
        string? root = plan.Pipeline.Data.Root;
        if (root is not null && Path.IsPathFullyQualified(root))
        {
            string relative = Path.GetRelativePath(Path.GetDirectoryName(Path.GetFullPath(path))!, root).Replace('\\', '/');
            root = relative.StartsWith("..", StringComparison.Ordinal) ? root : relative;
        }
        Pipeline placed = plan.Pipeline with { Data = plan.Pipeline.Data with { Root = root } };
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(ToJson(plan with { Pipeline = placed }))));
    }

    /// <summary>The file's text, which <see cref="PipelineFile.Read"/> reads back to the planned pipeline.</summary>
    public static string ToJson(PipelinePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var bare = new Pipeline
        {
            Name = plan.Pipeline.Name,
            Classes = new ClassSet(plan.Pipeline.Classes.Classes),
            Data = new DataOptions { Splits = new Dictionary<string, SplitOptions> { [""] = new() { Images = "" } } },
            Input = new InputOptions { ColorSpace = plan.Pipeline.Input.ColorSpace, Bands = plan.Pipeline.Input.Bands, Normalization = plan.Pipeline.Input.Normalization },
        };
        JsonObject root = Parse(plan.Pipeline), defaults = Parse(bare);
        foreach (string part in (string[])["data", "input", "network", "training", "tune"])
        {
            if (root[part] is JsonObject declared && Without(declared, defaults[part] as JsonObject, part, plan) is { Count: 0 })
            {
                root.Remove(part);
            }
        }
        if (JsonNode.DeepEquals(root["ignore"], defaults["ignore"]))
        {
            root.Remove("ignore");
        }
        JsonObject data = root["data"]!.AsObject(), split = defaults["data"]!["splits"]![""]!.AsObject();
        Without(data, defaults["data"]!.AsObject(), "data", plan);
        foreach ((string name, JsonNode? declared) in data["splits"]!.AsObject())
        {
            Without(declared!.AsObject(), split, $"data.splits.{name}", plan);
        }
        if (plan.Pipeline.Data.Splits.Count == 0)
        {
            data.Remove("splits");
        }
        var text = new StringBuilder();
        Comment(text, PlanTable.Summary(plan), "");
        Emit(text, root, "", "", plan);
        return text.Append('\n').ToString();

        static JsonObject Parse(Pipeline pipeline) => JsonNode.Parse(PipelineFile.ToJson(pipeline))!.AsObject();
    }

    /// <summary>Removes what is neither planned nor other than the default.</summary>
    private static JsonObject Without(JsonObject declared, JsonObject? defaults, string path, PipelinePlan plan)
    {
        foreach ((string key, JsonNode? value) in declared.ToArray())
        {
            string inner = $"{path}.{key}";
            bool planned = Rank(inner, plan) < int.MaxValue;
            if (!planned && defaults is not null && JsonNode.DeepEquals(value, defaults[key]))
            {
                declared.Remove(key);
            }
            else if (value is JsonObject part && defaults?[key] is JsonObject usual)
            {
                Without(part, usual, inner, plan);
            }
        }
        return declared;
    }

    private static void Emit(StringBuilder text, JsonNode? node, string path, string indent, PipelinePlan plan)
    {
        bool explained = path.Length == 0 || Rank(path, plan, below: true) < int.MaxValue;
        string compact = Compact(node);
        if (node is JsonObject o && (explained || indent.Length + compact.Length > LineLength))
        {
            List(text, '{', '}', indent, o.OrderBy(p => Order(PipelinePath(path, p.Key), p.Value, plan)).Select(p => (Action<string>)(deeper =>
            {
                string inner = PipelinePath(path, p.Key);
                if (plan.Decisions.FirstOrDefault(d => d.Keys[0] == inner) is { } decision)
                {
                    Comment(text, decision.Reason, deeper);
                }
                text.Append(deeper).Append(JsonSerializer.Serialize(p.Key, Plain)).Append(": ");
                Emit(text, p.Value, inner, deeper, plan);
            })));
        }
        else if (node is JsonArray a && (path == "classes" || indent.Length + compact.Length > LineLength))
        {
            List(text, '[', ']', indent, a.Select(item => (Action<string>)(deeper =>
            {
                text.Append(deeper);
                Emit(text, item, path + "[]", deeper, plan);
            })));
        }
        else
        {
            text.Append(compact);
        }
    }

    private static void List(StringBuilder text, char open, char close, string indent, IEnumerable<Action<string>> items)
    {
        text.Append(open);
        string separator = "\n";
        foreach (Action<string> item in items)
        {
            text.Append(separator);
            item(indent + "  ");
            separator = ",\n";
        }
        text.Append('\n').Append(indent).Append(close);
    }

    private static string Compact(JsonNode? node) => node switch
    {
        JsonObject { Count: 0 } => "{}",
        JsonObject o => "{ " + string.Join(", ", o.Select(p => $"{JsonSerializer.Serialize(p.Key, Plain)}: {Compact(p.Value)}")) + " }",
        JsonArray a => "[" + string.Join(", ", a.Select(Compact)) + "]",
        null => "null",
        _ => node.ToJsonString(Plain),
    };

    private static void Comment(StringBuilder text, string words, string indent)
    {
        var line = new StringBuilder(indent + "//");
        foreach (string word in words.Split(' '))
        {
            if (line.Length + 1 + word.Length > LineLength)
            {
                text.Append(line).Append('\n');
                line.Clear().Append(indent).Append("//");
            }
            line.Append(' ').Append(word);
        }
        text.Append(line).Append('\n');
    }

    private static string PipelinePath(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";

    /// <summary>Declared values first, planned ones in the order of the decisions, so that those of one decision stand together; parts last.</summary>
    private static int Order(string path, JsonNode? value, PipelinePlan plan)
    {
        int rank = Rank(path, plan);
        return path.Contains('.', StringComparison.Ordinal) && rank < int.MaxValue ? value is JsonObject ? 1000 + rank : 1 + rank : 0;
    }

    /// <summary>The first decision on a key or on one below it; int.MaxValue: none.</summary>
    private static int Rank(string path, PipelinePlan plan, bool below = false)
    {
        int index = plan.Decisions.ToList().FindIndex(d => d.Keys.Any(k => !below && k == path || k.StartsWith(path + ".", StringComparison.Ordinal)));
        return index < 0 ? int.MaxValue : index;
    }
}
