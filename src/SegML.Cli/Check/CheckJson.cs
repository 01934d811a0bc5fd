using System.Text.Json;
using System.Text.Json.Nodes;
using SegML.Datasets;
using SegML.Masks;

namespace SegML.Cli.Check;

/// <summary>A check as JSON: everything that was found, uncut.</summary>
internal static class CheckJson
{
    public static JsonObject Of(PipelineCheckup checkup) => new()
    {
        ["pipeline"] = checkup.Pipeline.Source,
        ["sound"] = checkup.IsSound,
        ["training"] = new JsonArray([.. checkup.Refusals.Select(r => JsonValue.Create(r.Message))]),
        ["classWeights"] = JsonSerializer.SerializeToNode(checkup.Weighting),
        ["splits"] = new JsonObject(checkup.Splits.Select(s => KeyValuePair.Create<string, JsonNode?>(s.Name, Split(s, checkup)))),
        ["skipped"] = new JsonArray([.. checkup.Skipped.Select(s => JsonValue.Create(s))]),
    };

    /// <summary>An enum's value as the pipeline file writes it.</summary>
    public static string NameOf<T>(T value)
        where T : struct, Enum => JsonSerializer.SerializeToElement(value).GetString()!;

    private static JsonObject Split(SplitCheck split, PipelineCheckup checkup)
    {
        DatasetReport report = split.Report;
        double labelled = Math.Max(1, report.ClassPixels.Sum());
        float[] weights = checkup.Weights(split);
        return new JsonObject
        {
            ["images"] = report.Items,
            ["errors"] = split.Errors,
            ["warnings"] = split.Warnings,
            ["findings"] = new JsonArray([.. split.Findings.Select(Finding)]),
            ["classes"] = new JsonArray([.. checkup.Pipeline.Classes.Classes.Select(c => Class(c, report, labelled, weights))]),
            ["ignoredPixels"] = report.IgnoredPixels,
            ["sizes"] = new JsonArray([.. report.Sizes.Select(s => new JsonObject { ["width"] = s.Width, ["height"] = s.Height, ["images"] = s.Images })]),
            ["colorSpace"] = NameOf(checkup.Pipeline.Input.ColorSpace),
            ["mean"] = Numbers(report.Mean),
            ["std"] = Numbers(report.Std),
        };
    }

    private static JsonObject Class(SegmentationClass c, DatasetReport report, double labelled, float[] weights) => new()
    {
        ["id"] = c.Id,
        ["name"] = c.Name,
        ["pixels"] = report.ClassPixels[c.Id],
        ["share"] = report.ClassPixels[c.Id] / labelled,
        ["masks"] = report.ClassMasks[c.Id],
        ["weight"] = weights[c.Id],
    };

    private static JsonObject Finding(DatasetFinding finding)
    {
        var json = new JsonObject
        {
            ["kind"] = NameOf(finding.Kind),
            ["severity"] = finding.IsError ? "error" : "warning",
            ["message"] = finding.Message,
            ["files"] = finding.Files,
        };
        Add("image", finding.ImagePath);
        Add("mask", finding.MaskPath);
        Add("other", finding.OtherPath);
        if (finding.At is { } at)
        {
            json["x"] = at.X;
            json["y"] = at.Y;
            json["pixels"] = finding.Pixels;
        }
        return json;

        void Add(string key, string? path)
        {
            if (path is not null)
            {
                json[key] = path;
            }
        }
    }

    private static JsonArray Numbers(IEnumerable<double> values) => new([.. values.Select(v => JsonValue.Create(v))]);
}
