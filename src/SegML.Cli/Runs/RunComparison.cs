using System.Text.Json.Nodes;
using SegML.Pipelines;
using SegML.Training;
using SegML.Training.Runs;

namespace SegML.Cli.Runs;

/// <summary>Runs of one task side by side.</summary>
internal sealed class RunComparison
{
    private RunComparison(IReadOnlyList<RunRecord> runs, IReadOnlyList<string> names)
    {
        Runs = runs;
        Names = names;
        Parameters = [.. runs.Select(r => r.CountParameters())];
        Options = Differences(runs);
    }

    /// <summary>The runs, in the order in which they were named.</summary>
    public IReadOnlyList<RunRecord> Runs { get; }

    /// <summary>Their folders' names, or as much of the paths as tells them apart.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Their networks' parameters.</summary>
    public IReadOnlyList<long> Parameters { get; }

    /// <summary>The options that are not the same in all of them: key path, and each run's value as JSON, null where it has none.</summary>
    public IReadOnlyList<(string Key, IReadOnlyList<string?> Values)> Options { get; }

    /// <summary>Reads the runs.</summary>
    /// <exception cref="ModelFormatException">A folder holds no run, or one of other classes than the first.</exception>
    public static RunComparison Of(IReadOnlyList<string> folders)
    {
        RunRecord[] runs = [.. folders.Select(folder => RunRecord.Read(folder))];
        foreach (RunRecord run in runs)
        {
            if (!run.Pipeline.Classes.HasNamesOf(runs[0].Pipeline.Classes))
            {
                throw new ModelFormatException(run.Folder, $"was trained on other classes than {runs[0].Folder}", "compare runs of the same class list");
            }
        }
        return new RunComparison(runs, Name(folders));
    }

    private static IReadOnlyList<string> Name(IReadOnlyList<string> folders)
    {
        string[] full = [.. folders.Select(f => Path.TrimEndingDirectorySeparator(Path.GetFullPath(f)))];
        string[] names = [.. full.Select(f => Path.GetFileName(f))];
        return names.Distinct().Count() == names.Length ? names : [.. folders];
    }

    private static IReadOnlyList<(string Key, IReadOnlyList<string?> Values)> Differences(IReadOnlyList<RunRecord> runs)
    {
        Dictionary<string, string>[] options = [.. runs.Select(run =>
        {
            var found = new Dictionary<string, string>(StringComparer.Ordinal);
            var root = (JsonObject)JsonNode.Parse(PipelineFile.ToJson(run.Pipeline))!;
            // Names are the same, and colours change nothing.
            root.Remove("classes");
            Collect(root, "", found);
            return found;
        })];
        return [.. options.SelectMany(o => o.Keys).Distinct()
            .Select(key => (key, (IReadOnlyList<string?>)[.. options.Select(o => o.GetValueOrDefault(key))]))
            .Where(row => row.Item2.Distinct().Count() > 1)];
    }

    private static void Collect(JsonObject part, string path, Dictionary<string, string> found)
    {
        foreach ((string key, JsonNode? value) in part)
        {
            string inner = path.Length == 0 ? key : $"{path}.{key}";
            if (value is JsonObject { Count: > 0 } deeper)
            {
                Collect(deeper, inner, found);
            }
            else
            {
                found[inner] = value is JsonValue text && text.TryGetValue(out string? plain) ? plain : value?.ToJsonString() ?? "null";
            }
        }
    }
}
