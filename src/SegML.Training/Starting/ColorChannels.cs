using SegML.Colors;
using SegML.Pipelines;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Training.Starting;

/// <summary>How a first convolution that was trained on one colour space reads another.</summary>
internal sealed class ColorChannels
{
    private readonly InputOptions? _from;
    private readonly InputOptions _to;
    private readonly bool _reversed;

    private ColorChannels(InputOptions? from, InputOptions to)
    {
        (_from, _to) = (from, to);
        _reversed = (from?.ColorSpace, to.ColorSpace) is (ColorSpace.Rgb, ColorSpace.Bgr) or (ColorSpace.Bgr, ColorSpace.Rgb);
    }

    /// <param name="from">What the weights were trained on; null: not known, and taken to be the same.</param>
    /// <param name="to">What they will be given.</param>
    public static ColorChannels Between(InputOptions? from, InputOptions to) => new(from, to);

    /// <summary>
    /// Copies a first convolution's weights: RGB and BGR the other way round; the sum over the channels where grey takes the place of colours,
    /// and a third of the weights for each colour where they take its place, which computes the same of a grey image.
    /// </summary>
    /// <param name="source">[out, channels, h, w].</param>
    /// <param name="target">[out, channels, h, w].</param>
    /// <returns>Whether they fit.</returns>
    public bool Copy(Tensor source, Tensor target)
    {
        if (source.dim() != target.dim() || Enumerable.Range(0, (int)target.dim()).Any(d => d != 1 && source.shape[d] != target.shape[d]))
        {
            return false;
        }
        using DisposeScope scope = NewDisposeScope();
        Tensor? fitting = (source.shape[1], target.shape[1]) switch
        {
            var (a, b) when a == b => _reversed ? source.flip(1) : source,
            (3, 1) when _from?.ColorSpace is null or ColorSpace.Rgb or ColorSpace.Bgr => source.sum(1, keepdim: true),
            (1, 3) when _to.ColorSpace is ColorSpace.Rgb or ColorSpace.Bgr => (source / 3).expand(target.shape),
            _ => null,
        };
        if (fitting is not null)
        {
            target.copy_(fitting);
        }
        return fitting is not null;
    }

    /// <summary>What the network is given otherwise than the weights are used to, a sentence each.</summary>
    public IEnumerable<string> Notes(NetworkAxes axes, Pipeline pipeline)
    {
        if (_from is null)
        {
            yield break;
        }
        if (_from.ColorSpace != _to.ColorSpace && (axes.PassesChannelsOn || !_reversed))
        {
            yield return $"those weights were trained on {Name(_from)}, not on {Name(_to)}"
                + (axes.PassesChannelsOn ? $", and {pipeline.Network.Name} passes the image's channels on to later layers: set input.colorSpace to {Name(_from)} to lose nothing" : "");
        }
        IEnumerable<float> Order(IReadOnlyList<float> values) => _reversed ? values.Reverse() : values;
        if (_from.ChannelCount == _to.ChannelCount && !(Order(_from.Mean).SequenceEqual(_to.Mean) && Order(_from.Std).SequenceEqual(_to.Std)))
        {
            yield return FormattableString.Invariant($"those weights were trained with input.mean [{string.Join(", ", _from.Mean)}] and input.std [{string.Join(", ", _from.Std)}]: set the same to lose nothing");
        }
    }

    private static string Name(InputOptions input) => System.Text.Json.JsonSerializer.Serialize(input.ColorSpace).Trim('"');
}
