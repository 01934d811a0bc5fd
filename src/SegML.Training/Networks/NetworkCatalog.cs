using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using SegML.Pipelines;

namespace SegML.Training.Networks;

/// <summary>The networks by name.</summary>
public static class NetworkCatalog
{
    private static readonly JsonSerializerOptions Strict = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    private static readonly Dictionary<string, Func<JsonObject?, int, int, SegmentationNetwork>> Networks = new(StringComparer.Ordinal)
    {
        ["deeplabv3plus"] = (options, classes, channels) => new DeepLab(classes, Read<DeepLabOptions>(options), channels),
        ["erfnet"] = (options, classes, channels) => new ErfNet(classes, Read<ErfNetOptions>(options), channels),
        ["fc-hardnet"] = (options, classes, channels) => new FcHarDNet(classes, Read<FcHarDNetOptions>(options), channels),
        ["fcn"] = (options, classes, channels) => new Fcn(classes, Read<FcnOptions>(options), channels),
        ["fcn-base"] = (options, classes, channels) => new FcnLight(classes, Read<FcnLightOptions>(options), channels, "fcn-base"),
        ["fcn-light"] = (options, classes, channels) => new FcnLight(classes, Read<FcnLightOptions>(options), channels),
        ["fcn-small"] = (options, classes, channels) => new FcnLight(classes, Read<FcnLightOptions>(options), channels, "fcn-small"),
        ["lmffnet"] = (options, classes, channels) => new LmffNet(classes, Read<LmffNetOptions>(options), channels),
        ["segformer"] = (options, classes, channels) => new SegFormer(classes, Read<SegFormerOptions>(options), channels),
        ["unet"] = (options, classes, channels) => new UNet(classes, Read<UNetOptions>(options), channels),
    };

    /// <summary>The names that <see cref="NetworkOptions.Name"/> can have.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Networks.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Creates a network with random weights, drawn from TorchSharp's global generator.</summary>
    /// <param name="options">Its name and its own options.</param>
    /// <param name="classes">Channels of the logits, at least 1.</param>
    /// <param name="source">What to name in errors: the pipeline file's path.</param>
    /// <param name="channels">Channels of the input: <see cref="InputOptions.ChannelCount"/>. Default 3.</param>
    /// <exception cref="PipelineFormatException">No network has the name, or an option is unknown or out of range.</exception>
    public static SegmentationNetwork Create(NetworkOptions options, int classes, string source = "network", int channels = 3)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        TorchLibrary.Require();
        if (!Networks.TryGetValue(options.Name, out var create))
        {
            throw new PipelineFormatException(source, $"names the network \"{options.Name}\"", $"choose one of {string.Join(", ", Names)}");
        }
        try
        {
            return create(options.Options, classes, channels);
        }
        catch (Exception e) when (e is JsonException or ArgumentOutOfRangeException)
        {
            throw new PipelineFormatException(source, $"has options that {options.Name} does not take ({e.Message})",
                "use the keys and ranges of the network's options", e);
        }
    }

    private static T? Read<T>(JsonObject? options) => options is null ? default : options.Deserialize<T>(Strict);
}
