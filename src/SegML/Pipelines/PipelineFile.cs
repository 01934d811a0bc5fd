using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SegML.Files;

namespace SegML.Pipelines;

/// <summary>
/// Reads and writes pipeline files: JSON with comments and trailing commas allowed, in which every unknown or repeated
/// key is an error, so that a misspelt option is never silently its default.
/// </summary>
public static class PipelineFile
{
    /// <summary>Reads a pipeline file and checks everything in it that can be checked without the data.</summary>
    /// <param name="path">The pipeline file.</param>
    /// <param name="dataRoot">Replaces <c>data.root</c>; relative to the current folder. Null: the file's own, relative to the file.</param>
    /// <param name="settings">Replace single values: "training.epochs=20". Values are JSON, or text as it stands.</param>
    /// <returns>The pipeline, with an absolute data root and a colour for every class.</returns>
    /// <exception cref="PipelineFormatException">The file or a setting is not as it should be.</exception>
    public static Pipeline Read(string path, string? dataRoot = null, IEnumerable<string>? settings = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Boundary.Pipeline.Cross(path, () => FromText(path, ReadText(path), dataRoot, settings));
    }

    /// <summary>Reads a run's pipeline file, which has a checksum unless it is of an earlier version.</summary>
    /// <inheritdoc cref="Read"/>
    internal static Pipeline ReadOfRun(string path, string? dataRoot) => Boundary.Pipeline.Cross(path, () =>
    {
        Pipeline pipeline = FromText(path, ReadText(path), dataRoot, null, out bool isChecked);
        if (!isChecked)
        {
            Checksums.TellMissing(Path.GetDirectoryName(path)!);
        }
        return pipeline;
    });

    /// <summary>What <see cref="Read"/> makes of a file that holds this text.</summary>
    internal static Pipeline FromText(string path, string text, string? dataRoot = null, IEnumerable<string>? settings = null) =>
        FromText(path, text, dataRoot, settings, out _);

    private static Pipeline FromText(string path, string text, string? dataRoot, IEnumerable<string>? settings, out bool isChecked)
    {
        JsonObject root = Parse(path, text);
        bool? intact = Checksums.Take(root);
        if (intact == false)
        {
            throw new PipelineFormatException(path, "is not as it was written (its checksum differs)",
                $"restore it; if it was changed on purpose, delete its line \"{Checksums.Key}\"");
        }
        isChecked = intact is not null;
        root.Remove("$schema");
        if (PipelineCheck.Find(root, typeof(PipelineDocument)) is { } fault)
        {
            throw new PipelineFormatException(At(path, text, fault.Path), fault.Text, fault.Fix);
        }
        foreach (string setting in settings ?? [])
        {
            PipelineSetting.Apply(root, setting);
        }
        // Each setting fits its place, but a part that it created may lack a key.
        if (PipelineCheck.Find(root, typeof(PipelineDocument)) is { } incomplete)
        {
            throw new PipelineFormatException(path, incomplete.Text, incomplete.Fix);
        }
        Pipeline pipeline = root.Deserialize<PipelineDocument>(PipelineJson.Options)!.ToPipeline(path);
        pipeline.Validate();
        string? folder = dataRoot ?? (pipeline.Data.Root is { } own ? Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, own) : null);
        return pipeline with { Data = pipeline.Data with { Root = folder is null ? null : Path.GetFullPath(folder) } };
    }

    /// <summary>A pipeline as JSON that <see cref="Read"/> reads back: every option written out, defaults too.</summary>
    public static string ToJson(Pipeline pipeline)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        return JsonSerializer.Serialize(PipelineDocument.From(pipeline), PipelineJson.Indented) + "\n";
    }

    private static string ReadText(string path)
    {
        if (FileIdentity.IsStreamOrDevice(path))
        {
            throw new PipelineFormatException(path, "is a pipe or a device", "name a file");
        }
        try
        {
            string text = File.ReadAllText(path, new UTF8Encoding(false, throwOnInvalidBytes: true));
            return string.IsNullOrWhiteSpace(text)
                ? throw new PipelineFormatException(path, "is empty", "write the pipeline into it")
                : text;
        }
        catch (DecoderFallbackException e)
        {
            throw new PipelineFormatException(path, "is not text in UTF-8", "pass the pipeline's JSON file", e);
        }
        catch (Exception e) when (UnreadableFile.Is(e))
        {
            throw UnreadableFile.Fault(path, (subject, fault, fix, inner) => new PipelineFormatException(subject, fault, fix, inner), e);
        }
    }

    private static JsonObject Parse(string path, string text)
    {
        try
        {
            return JsonNode.Parse(text, documentOptions: PipelineJson.Document) as JsonObject
                ?? throw new PipelineFormatException(path, "is not a JSON object", "start it with {");
        }
        catch (JsonException e)
        {
            string line = e.LineNumber is { } zeroBased ? $" line {zeroBased + 1}" : "";
            string reason = e.Message.Split(" LineNumber", 2)[0].Split(" Path:", 2)[0].TrimEnd('.');
            throw new PipelineFormatException(path + line, $"is not valid JSON ({reason})", "correct it there", e);
        }
    }

    private static string At(string path, string text, string keyPath) =>
        JsonLines.Find(text, keyPath) is { } line ? $"{path} line {line}" : path;
}
