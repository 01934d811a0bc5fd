using System.Text.Json;
using System.Text.Json.Nodes;
using SegML.Pipelines;

namespace SegML.Training.Networks;

/// <summary>A network of the catalogue.</summary>
public sealed class NetworkEntry
{
    private readonly Func<JsonObject?, int, int, SegmentationNetwork> _create;

    private NetworkEntry(Func<JsonObject?, int, int, SegmentationNetwork> create) => _create = create;

    /// <summary>What pipeline files call it: <see cref="NetworkOptions.Name"/>.</summary>
    public required string Name { get; init; }

    /// <summary>What it is, in a few words.</summary>
    public required string Summary { get; init; }

    /// <summary>The record that <see cref="NetworkOptions.Options"/> are read into.</summary>
    public required Type OptionsType { get; init; }

    /// <summary>The keys of its options, as files write them.</summary>
    public IReadOnlyList<string> OptionKeys => [.. PipelineJson.Options.GetTypeInfo(OptionsType).Properties.Select(p => p.Name)];

    internal static NetworkEntry Of<TOptions>(string name, string summary, Func<int, TOptions, int, SegmentationNetwork> create) where TOptions : class, new() =>
        new((options, classes, channels) => create(classes, options?.Deserialize<TOptions>(PipelineJson.Options) ?? new TOptions(), channels))
        {
            Name = name,
            Summary = summary,
            OptionsType = typeof(TOptions),
        };

    /// <summary>Creates the network with random weights.</summary>
    /// <exception cref="PipelineFormatException">An option is unknown or out of its range.</exception>
    internal SegmentationNetwork Create(JsonObject? options, int classes, int channels, string source)
    {
        if (options is not null && PipelineCheck.Find(options, OptionsType, "network.options") is { } fault)
        {
            throw new PipelineFormatException(source, fault.Text, fault.Fix);
        }
        try
        {
            return _create(options, classes, channels);
        }
        catch (ArgumentOutOfRangeException e)
        {
            string text = e.Message.Replace($" (Parameter '{e.ParamName}')", "", StringComparison.Ordinal);
            throw new PipelineFormatException(source, $"has network.options that {Name} does not take: {text}", $"its options are {string.Join(", ", OptionKeys)}", e);
        }
    }
}
