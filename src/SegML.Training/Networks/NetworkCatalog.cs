using System.Collections.Concurrent;
using SegML.Pipelines;

namespace SegML.Training.Networks;

/// <summary>The networks by name: those of this library and those that an app registers.</summary>
public static class NetworkCatalog
{
    private static readonly ConcurrentDictionary<string, NetworkEntry> Entries = new(((NetworkEntry[])
    [
        NetworkEntry.Of<DeepLabOptions>("deeplabv3plus", "12.3 million parameters with ResNet-18", (c, o, n) => new DeepLab(c, o, n)),
        NetworkEntry.Of<ErfNetOptions>("erfnet", "2.06 million", (c, o, n) => new ErfNet(c, o, n)),
        NetworkEntry.Of<FcHarDNetOptions>("fc-hardnet", "1.4, 4.1, 3.5, 8.4 million at depth 68, 70, 76, 84", (c, o, n) => new FcHarDNet(c, o, n)),
        NetworkEntry.Of<FcnOptions>("fcn", "11.2 million with ResNet-18", (c, o, n) => new Fcn(c, o, n)),
        NetworkEntry.Of<FcnLightOptions>("fcn-base", "4.92 million; made for CPUs", (c, o, n) => new FcnLight(c, o, n, "fcn-base")),
        NetworkEntry.Of<FcnLightOptions>("fcn-light", "1.23 million; made for CPUs; the default", (c, o, n) => new FcnLight(c, o, n)),
        NetworkEntry.Of<FcnLightOptions>("fcn-small", "0.31 million; made for CPUs", (c, o, n) => new FcnLight(c, o, n, "fcn-small")),
        NetworkEntry.Of<LmffNetOptions>("lmffnet", "1.34 million", (c, o, n) => new LmffNet(c, o, n)),
        NetworkEntry.Of<ResNetLightOptions>("resnet-light", "2.97 million, 11.5 with a fourth stage; for weights from ImageNet", (c, o, n) => new ResNetLight(c, o, n)),
        NetworkEntry.Of<SegFormerOptions>("segformer", "3.7 million (B0)", (c, o, n) => new SegFormer(c, o, n)),
        NetworkEntry.Of<UNetOptions>("unet", "1.81 million", (c, o, n) => new UNet(c, o, n)),
    ]).Select(e => new KeyValuePair<string, NetworkEntry>(e.Name, e)), StringComparer.Ordinal);

    /// <summary>The networks, by name.</summary>
    public static IReadOnlyList<NetworkEntry> Networks => [.. Entries.Values.OrderBy(e => e.Name, StringComparer.Ordinal)];

    /// <summary>The names that <see cref="NetworkOptions.Name"/> can have.</summary>
    public static IReadOnlyList<string> Names => [.. Networks.Select(e => e.Name)];

    /// <summary>The schema of pipeline files (see <see cref="PipelineSchema"/>) with each network's own options.</summary>
    /// <returns>JSON.</returns>
    public static string PipelineFileSchema() => PipelineSchema.ToJson(Networks.Select(e => new KeyValuePair<string, Type>(e.Name, e.OptionsType)));

    /// <summary>
    /// Adds an app's own network: pipeline files, training, resuming, export and the schema of pipeline files then know it by its name. Call it
    /// where the app starts; a model that was exported needs it no more.
    /// </summary>
    /// <typeparam name="TOptions">
    /// The network's options, a record with init properties: "network.options" of a pipeline file is read into it, in camel case, and unknown keys
    /// are refused.
    /// </typeparam>
    /// <param name="name">What pipeline files call it.</param>
    /// <param name="create">
    /// Creates it from the number of classes, its options and the channels of its input. It throws <see cref="ArgumentOutOfRangeException"/> for an option
    /// out of its range.
    /// </param>
    /// <param name="summary">What it is, in a few words. Default empty.</param>
    /// <exception cref="ArgumentException">The name is empty, or a network has it.</exception>
    public static void Register<TOptions>(string name, Func<int, TOptions, int, SegmentationNetwork> create, string summary = "") where TOptions : class, new()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(create);
        ArgumentNullException.ThrowIfNull(summary);
        if (!Entries.TryAdd(name, NetworkEntry.Of(name, summary, create)))
        {
            throw new ArgumentException($"a network is registered as \"{name}\" already; choose another name", nameof(name));
        }
    }

    /// <summary>Takes a registered network out again.</summary>
    internal static void Remove(string name) => Entries.TryRemove(name, out _);

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
        return Entries.TryGetValue(options.Name, out NetworkEntry? entry)
            ? entry.Create(options.Options, classes, channels, source)
            : throw new PipelineFormatException(source, $"has the unknown network.name \"{options.Name}\"",
                $"choose one of {string.Join(", ", Names)}, or register it (NetworkCatalog.Register)");
    }
}
