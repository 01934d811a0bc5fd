using System.Text.RegularExpressions;
using SegML.Pipelines;
using SegML.Training.PyTorch;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Training.Starting;

/// <summary>An encoder's weights in a checkpoint of PyTorch's: what fits, and the way into the encoder.</summary>
internal sealed partial class PublicWeights : IDisposable
{
    private readonly Dictionary<string, Tensor> _tensors;
    private readonly IReadOnlyList<(string Name, Tensor[] Sources)> _fitting;

    private PublicWeights(Dictionary<string, Tensor> tensors, IReadOnlyList<(string Name, Tensor[] Sources)> fitting) => (_tensors, _fitting) = (tensors, fitting);

    /// <summary>How many of the encoder's tensors the file has.</summary>
    public int Fitting => _fitting.Count;

    /// <summary>What the file's names are.</summary>
    public required string Style { get; init; }

    /// <summary>The encoder's tensors that the file lacks, or has in another shape.</summary>
    public required IReadOnlyList<string> Missing { get; init; }

    /// <summary>How many tensors of the file nothing takes: a classifier's, a decoder's.</summary>
    public required int Unused { get; init; }

    /// <summary>
    /// A block of the file that the encoder skips although it has the stage behind it, which was trained on that block's output; null: there is none.
    /// </summary>
    public required string? Skipped { get; init; }

    /// <summary>Overwrites an encoder's weights with those of a checkpoint; its first layer is rewritten for the input.</summary>
    /// <param name="encoder">The encoder.</param>
    /// <param name="path">A file of torch.save or a .safetensors file.</param>
    /// <param name="input">What the encoder will be given.</param>
    /// <param name="source">The pipeline file's path, for errors.</param>
    /// <returns>How many tensors were read, all of the encoder's, and what became of the file's others.</returns>
    /// <exception cref="PipelineFormatException">No public weights are known for such an encoder, or its first layer cannot be rewritten.</exception>
    /// <exception cref="ModelFormatException">The file is damaged or lacks weights of the encoder; none was changed.</exception>
    public static (int Tensors, string Remark) Load(nn.Module encoder, string path, InputOptions input, string source)
    {
        FirstLayer first = FirstLayer.Of(encoder) ?? throw new PipelineFormatException(source, "has training.encoderWeights of PyTorch's, and public weights are not known for the network's encoder",
            "choose resnet-light, fcn, deeplabv3plus or segformer");
        var fold = InputFold.Between(input, TrainedInput.TorchVision, source);
        using PublicWeights weights = Read(encoder, path);
        if (weights.Missing.Count > 0)
        {
            throw new ModelFormatException(path, $"has {weights.Fitting} of the encoder's {(weights.Fitting + weights.Missing.Count).Of("tensor")} (by the names of {weights.Style}) and lacks "
                + $"{string.Join(", ", weights.Missing.Take(3))}{(weights.Missing.Count > 3 ? $" and {weights.Missing.Count - 3} more" : "")}", "set network.options to the depth, width and blocks of the weights");
        }
        if (weights.Skipped is { } skipped)
        {
            throw new ModelFormatException(path, $"has {skipped}, a block that the network lacks, before a stage that it has", "set network.options to the depth and blocks of the weights");
        }
        using DisposeScope scope = NewDisposeScope();
        first.Copy(weights._fitting.ToDictionary(f => f.Name, f => f.Sources.Length == 1 ? f.Sources[0] : cat(f.Sources, 0)), encoder, fold);
        return (weights.Fitting, $"by the names of {weights.Style}; {weights.Unused} of the file's not used");
    }

    /// <summary>Looks at what of a checkpoint fits an encoder, and changes nothing.</summary>
    /// <param name="encoder">One that <see cref="PublicNames"/> knows.</param>
    /// <param name="path">The checkpoint.</param>
    /// <exception cref="ModelFormatException">The file is damaged.</exception>
    public static PublicWeights Read(nn.Module encoder, string path)
    {
        Dictionary<string, Tensor> tensors = StateDict.Read(path);
        KeyValuePair<string, Tensor>[] state = [.. encoder.state_dict().Where(p => p.Value.is_floating_point())];
        string firstWeight = FirstLayer.Of(encoder)!.Weight;
        return PublicNames.For(encoder).Select(names => Fit(names)).MaxBy(w => w.Fitting)!;

        PublicWeights Fit(PublicNames names)
        {
            string prefix = Prefix(tensors, names.Of(state[0].Key)[0]);
            List<(string, Tensor[])> fitting = [];
            List<string> missing = [];
            HashSet<string> used = new(StringComparer.Ordinal);
            foreach ((string name, Tensor target) in state)
            {
                string[] sources = [.. names.Of(name).Select(n => prefix + n)];
                Tensor[] there = [.. sources.Where(tensors.ContainsKey).Select(n => tensors[n])];
                if (there.Length == sources.Length && HasShape(there, target, anyChannels: name == firstWeight))
                {
                    fitting.Add((name, there));
                    used.UnionWith(sources);
                }
                else
                {
                    missing.Add(sources[0]);
                }
            }
            string[] unused = [.. tensors.Where(t => t.Value.is_floating_point() && !used.Contains(t.Key)).Select(t => t.Key)];
            int last = used.Select(u => StageOf(u[prefix.Length..])).Append(-1).Max();
            return new PublicWeights(tensors, fitting)
            {
                Style = names.Style,
                Missing = missing,
                Unused = unused.Length,
                Skipped = unused.Where(u => u.StartsWith(prefix, StringComparison.Ordinal)).FirstOrDefault(u => StageOf(u[prefix.Length..]) is >= 0 and var stage && stage < last),
            };
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor tensor in _tensors.Values)
        {
            tensor.Dispose();
        }
    }

    // "encoder.", "module.", "segformer.encoder.": whatever stands before the first layer's name.
    private static string Prefix(Dictionary<string, Tensor> tensors, string first) =>
        tensors.Keys.Where(k => k == first || k.EndsWith("." + first, StringComparison.Ordinal)).OrderBy(k => k.Length).Select(k => k[..^first.Length]).FirstOrDefault() ?? "";

    // The stage of a block's tensor, layer1.2.conv1 or block.0.2.mlp; -1: it is in no block.
    private static int StageOf(string name) => Blocks().Match(name) is { Success: true } match ? match.Groups[1].ValueSpan[0] - '0' : -1;

    [GeneratedRegex(@"^(?:layer|block\.?)(\d)\.\d+\.")]
    private static partial Regex Blocks();

    // Linear layers are convolutions of one pixel here. The first convolution reads red, green and blue, whatever the encoder will be given.
    private static bool HasShape(Tensor[] sources, Tensor target, bool anyChannels)
    {
        long[] wanted = target.shape, given = sources[0].shape;
        if (sources.Length > 1)
        {
            given = [sources.Sum(s => s.shape[0]), .. given.Skip(1)];
        }
        if (anyChannels)
        {
            return given.Length == 4 && given[1] == 3 && given[0] == wanted[0] && given[2] == wanted[2] && given[3] == wanted[3];
        }
        return given.AsSpan().SequenceEqual(wanted) || wanted is [_, _, 1, 1] && given.AsSpan().SequenceEqual(wanted.AsSpan(0, 2));
    }
}
