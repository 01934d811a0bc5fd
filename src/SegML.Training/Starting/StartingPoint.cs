using SegML.Pipelines;
using SegML.Training.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Training.Starting;

/// <summary>
/// Gives a network the weights that training.startFrom names, wherever they fit: tensors by name and shape, the scores of classes by the
/// classes' names, the first convolution in the network's own order of colours.
/// </summary>
internal sealed class StartingPoint
{
    private const int Listed = 4;

    private StartingPoint()
    {
    }

    /// <summary>What was taken and what was not, a sentence each.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>Whether no class's scores were taken: the head starts anew.</summary>
    public required bool HeadIsNew { get; init; }

    /// <summary>Batch norms that an exported model has folded away, which compute nothing yet: see <see cref="FoldedNorms"/>.</summary>
    public required IReadOnlyList<BatchNorm> Folded { get; init; }

    /// <summary>Overwrites a network's weights.</summary>
    /// <param name="network">A new network on the CPU.</param>
    /// <param name="pipeline">The pipeline that the network was made for.</param>
    /// <param name="path">A run's folder, a checkpoint or an exported model.</param>
    /// <exception cref="ModelFormatException">The weights cannot be read, or none of them fits.</exception>
    public static StartingPoint Apply(SegmentationNetwork network, Pipeline pipeline, string path)
    {
        using IDisposable noGradients = no_grad();
        using StartingWeights weights = StartingWeights.Read(path);
        // Counts of batches say nothing that is learnt.
        KeyValuePair<string, Tensor>[] state = [.. network.state_dict().Where(p => p.Value.is_floating_point())];
        // last.dat has both the weights as trained and their average, and a model whose classes were merged has its network inside.
        string prefix = ((string[])["", "average.", "network."]).MaxBy(p => state.Count(s => weights.Tensors.ContainsKey(p + s.Key)))!;
        var axes = NetworkAxes.Of(pipeline);
        ClassRows rows = ClassRows.Between(weights.Classes, pipeline.Classes);
        ColorChannels colors = ColorChannels.Between(weights.Input, pipeline.Input);
        int taken = 0, filters = 0, scores = 0;
        List<string> left = [];
        HashSet<string> there = new(StringComparer.Ordinal);
        foreach ((string name, Tensor target) in state)
        {
            if (!weights.Tensors.TryGetValue(prefix + name, out Tensor? source))
            {
                left.Add(name);
                continue;
            }
            there.Add(name);
            if (axes.ClassAxis(name) is { } axis)
            {
                int copied = rows.Copy(source, target, axis);
                scores += copied;
                taken += copied == target.shape[axis] ? 1 : 0;
                if (copied < target.shape[axis])
                {
                    left.Add($"{name} ({copied} of {target.shape[axis].Of("class")})");
                }
            }
            else if (axes.ReadsImage(name) ? colors.Copy(source, target) : CopySame(source, target))
            {
                taken++;
                filters += target.dim() > 1 ? 1 : 0;
            }
            else
            {
                left.Add(name);
            }
        }
        if (filters == 0)
        {
            throw new ModelFormatException(path, $"holds no weights that fit the network {Describe(pipeline.Network)}{(weights.Network is { } other ? $": they are of {other}" : "")}",
                "set network.name and network.options to those of the weights, or start from another run or model");
        }
        IReadOnlyList<BatchNorm> folded = FoldedNorms.Neutralize(network, pipeline.Input.ChannelCount, there, prefix, weights.Tensors, out IReadOnlyList<string> restored);
        left.RemoveAll(restored.Contains);
        return new StartingPoint
        {
            Notes = [Summary(path, taken + restored.Count, state.Length, left), .. colors.Notes(axes, pipeline)],
            HeadIsNew = scores == 0,
            Folded = folded,
        };
    }

    private static bool CopySame(Tensor source, Tensor target)
    {
        bool same = source.shape.AsSpan().SequenceEqual(target.shape);
        if (same)
        {
            target.copy_(source);
        }
        return same;
    }

    private static string Summary(string path, int taken, int all, List<string> left)
    {
        string rest = left.Count > Listed ? $"{string.Join(", ", left.Take(Listed))} and {left.Count - Listed} more" : string.Join(", ", left);
        return $"starts from {path}: {taken} of {all.Of("tensor")} taken{(left.Count == 0 ? "" : $", not: {rest}")}";
    }

    private static string Describe(NetworkOptions network) => network.Options is { Count: > 0 } options ? $"{network.Name} {options.ToJsonString()}" : network.Name;
}
