using SegML.Pipelines;
using SegML.Training.Networks;
using static TorchSharp.torch;

namespace SegML.Training.Starting;

/// <summary>
/// Which of a network's tensors depend on the classes and on the image's channels, and along which axis. It is found by making the network
/// with one more of either and looking at what grows, so that it holds for every network there is.
/// </summary>
internal sealed class NetworkAxes
{
    private readonly IReadOnlyDictionary<string, int[]> _classes, _channels;

    private NetworkAxes(IReadOnlyDictionary<string, int[]> classes, IReadOnlyDictionary<string, int[]> channels) => (_classes, _channels) = (classes, channels);

    /// <summary>Whether the image's channels also go past the first convolution to later layers, whose tensors depend on them too.</summary>
    public bool PassesChannelsOn => _channels.Any(p => !IsFirst(p.Value));

    /// <summary>Finds them.</summary>
    public static NetworkAxes Of(Pipeline pipeline)
    {
        int classes = pipeline.Classes.Count, channels = pipeline.Input.ChannelCount;
        Dictionary<string, long[]> plain = Shapes(classes, channels);
        return new NetworkAxes(Grown(plain, Shapes(classes + 1, channels)), Grown(plain, Shapes(classes, channels + 1)));

        Dictionary<string, long[]> Shapes(int classes, int channels)
        {
            using SegmentationNetwork network = NetworkCatalog.Create(pipeline.Network, classes, pipeline.Source, channels);
            return network.state_dict().ToDictionary(p => p.Key, p => p.Value.shape);
        }
    }

    /// <summary>The axis of a tensor that has an element a class; null: it does not depend on the classes.</summary>
    public int? ClassAxis(string name) => _classes.TryGetValue(name, out int[]? axes) ? axes[0] : null;

    /// <summary>Whether a tensor is a convolution's weights [out, channels, ...] that read the image.</summary>
    public bool ReadsImage(string name) => _channels.TryGetValue(name, out int[]? axes) && IsFirst(axes);

    private static bool IsFirst(int[] axes) => axes is [1];

    private static Dictionary<string, int[]> Grown(Dictionary<string, long[]> plain, Dictionary<string, long[]> larger) =>
        plain.Select(p => (p.Key, Axes: (int[])[.. Enumerable.Range(0, p.Value.Length).Where(d => p.Value[d] != larger[p.Key][d])]))
            .Where(p => p.Axes.Length > 0).ToDictionary(p => p.Key, p => p.Axes);
}
