using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using SegML.Cli.Reports;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Scoring;

namespace SegML.Cli.Commands;

/// <summary><c>segml model info</c>: what an exported model says of itself.</summary>
internal static class InfoCommand
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static Command Create()
    {
        Argument<string?> model = new("model") { Description = "A model that SegML exported or adopted (ONNX).", Arity = ArgumentArity.ZeroOrOne };
        Option<bool> providers = new("--providers") { Description = "Show what ONNX Runtime can compute on in this build, and which package other providers need." };
        Option<bool> json = SharedOptions.Json("Print the metadata as JSON.");
        var command = new Command("info", "Show a model's classes, input and origin.") { model, json, providers };
        command.Validators.Add(result =>
        {
            if (result.GetResult(model) is not { Tokens.Count: > 0 } && !result.GetValue(providers))
            {
                result.AddError("Required argument missing for command: 'info'");
            }
        });
        command.SetAction(parsed => parsed.GetValue(providers) ? RunProviders() : Run(parsed.GetValue(model)!, parsed.GetValue(json)));
        return command;
    }

    private static int RunProviders()
    {
        foreach ((string name, string package) in ExecutionProviders.All)
        {
            Console.WriteLine($"{name,-9} {(package.Length == 0 ? "yes" : $"no: {package}")}");
        }
        return ExitCode.Done;
    }

    private static int Run(string path, bool json)
    {
        ModelInfo info = ModelInfo.Read(path);
        if (json)
        {
            Console.WriteLine(AsJson(info).ToJsonString(Indented));
            return ExitCode.Done;
        }
        InputOptions input = info.Input;
        Console.WriteLine($"model     {info.Name}, {new FileInfo(path).Length / 1e6:0.0} MB");
        Console.WriteLine($"precision {info.Precision.ToString().ToLowerInvariant()}");
        Console.WriteLine($"input     {Input(info)}, reference {input.Width}x{input.Height}, {input.Fit}, {(input.Bands is null ? input.ColorSpace : $"bands {string.Join(", ", input.Bands)}")}");
        Console.WriteLine(input.IsNormalizedByImage
            ? $"          normalised by each image's own mean and standard deviation, {(input.Normalization == InputNormalization.ZScoreChannel ? "channel by channel" : "all channels together")}"
            : $"          mean {Numbers(input.Mean)}  std {Numbers(input.Std)}");
        Console.WriteLine(info.SelfContained is null
            ? $"output    logits float [N, {info.Classes.Count}, H, W]"
            : "output    mask   uint8 [N, H, W], self-contained: needs no SegML to run");
        if (info.ReceptiveField is { } field)
        {
            Console.WriteLine($"sees      {field.Margin} pixels to each side{(field.IsBounded ? "" : $", and all through {field.UnboundedBy}")}; in steps of {field.Stride}");
        }
        Console.WriteLine($"costs     {ModelCosts.Text(ModelCosts.Read(path, input.Width, input.Height), input.Width, input.Height)}");
        Console.WriteLine("classes   id  colour   name");
        foreach (SegmentationClass c in info.Classes.Classes)
        {
            Console.WriteLine($"         {c.Id,3}  {c.Color}  {c.Name}");
        }
        Console.WriteLine($"         {info.Classes.IgnoreIndex,3}  {info.Classes.Ignore.Color}  (ignored)");
        foreach ((string key, JsonNode? value) in info.Training ?? [])
        {
            Console.WriteLine($"training  {key}: {Shown(value)}");
        }
        foreach (JsonNode? step in info.Rewriting ?? [])
        {
            Console.WriteLine($"rewriting {string.Join(", ", step!.AsObject().Select(p => $"{p.Key}: {Shown(p.Value)}"))}");
        }
        return ExitCode.Done;
    }

    private static string Input(ModelInfo info)
    {
        if (info.SelfContained is not { } tensors)
        {
            return $"image  float [N, {info.Input.ChannelCount}, H, W]";
        }
        string height = tensors.Height?.ToString(CultureInfo.InvariantCulture) ?? "H", width = tensors.Width?.ToString(CultureInfo.InvariantCulture) ?? "W";
        return tensors.Layout == PixelLayout.Planar ? $"image  uint8 RGB [N, 3, {height}, {width}]" : $"image  uint8 RGB [N, {height}, {width}, 3]";
    }

    private static string Shown(JsonNode? value) => value is JsonValue plain ? plain.ToString() : value?.ToJsonString(new JsonSerializerOptions()) ?? "";

    private static string Numbers(IEnumerable<float> values) =>
        string.Join(' ', values.Select(v => v.ToString("0.###", CultureInfo.InvariantCulture)));

    private static JsonObject AsJson(ModelInfo info)
    {
        var json = new JsonObject();
        // The parts of ONNX files that tiles need say nothing to a reader.
        foreach ((string key, string value) in info.ToMetadata().Where(p => p.Key != "segml.globalMeans"))
        {
            string name = key["segml.".Length..];
            json[name] = value is ['{' or '[', ..] ? JsonNode.Parse(value) : value;
        }
        return json;
    }
}
