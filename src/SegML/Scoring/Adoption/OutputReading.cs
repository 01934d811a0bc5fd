using SegML.Masks;

namespace SegML.Scoring.Adoption;

/// <summary>The output's half of a plan: which tensor counts, what its numbers mean, and its classes.</summary>
internal sealed class OutputReading
{
    private const int MostClasses = 255;

    private readonly ForeignGraph _graph;
    private readonly ModelDescription _said;
    private readonly List<string> _notes, _warnings;

    public OutputReading(ForeignGraph graph, ModelDescription said, TensorLayout inputLayout, List<string> notes, List<string> warnings)
    {
        (_graph, _said, _notes, _warnings) = (graph, said, notes, warnings);
        if (!(said.Output.Threshold is > 0 and < 1))
        {
            throw Bad($"is described with the threshold {said.Output.Threshold}", "give a probability above 0 and below 1, such as 0.5");
        }
        Tensor = Choose();
        Source = Tensor.Name;
        Rank = Tensor.Sizes?.Count ?? 4;
        Layout = said.Output.Layout ?? LayoutOf(inputLayout);
        LastNode last = LastNode.Of(graph, Tensor.Name);
        long? channels = Rank == 3 ? 1 : OutputChannels.Of(graph, Tensor.Name, Layout);
        Meaning = said.Output.Meaning is { } meaning ? Checked(meaning, last, channels) : Read(last, channels);
        if (Meaning == OutputMeaning.ClassIndex && last is { Kind: LastNode.ArgMax, Layout: { } layout })
        {
            // What it chooses from says more than its choice: probabilities, and edges finer than the network's pixels.
            (Source, Rank, Layout, channels) = (last.Value, 4, layout, OutputChannels.Of(graph, last.Value, layout) ?? said.Classes?.Count);
            Meaning = LastNode.Of(graph, last.Value).Kind == LastNode.Softmax ? OutputMeaning.Probabilities : OutputMeaning.Logits;
            notes.Add($"it ends in ArgMax: what that chooses from is read, \"{last.Value}\"");
        }
        Classes = ClassesOf(channels);
    }

    public ForeignTensor Tensor { get; }

    public string Source { get; }

    public int Rank { get; }

    public TensorLayout Layout { get; }

    public OutputMeaning Meaning { get; }

    public ClassSet Classes { get; }

    private ForeignTensor Choose()
    {
        string all = string.Join(", ", _graph.Outputs);
        ForeignTensor? chosen = _said.Output.Name is { } name
            ? _graph.Outputs.FirstOrDefault(o => o.Name == name) ?? throw Bad($"has no output \"{name}\", but {all}", "name one of those")
            : _graph.Outputs.FirstOrDefault(o => o.Sizes is null or { Count: 3 or 4 }) ?? throw Bad($"gives no map of an image's pixels: {all}", "give a segmentation model");
        if (chosen.Sizes is { Count: not (3 or 4) } || !(chosen.IsFloat || chosen.IsInteger))
        {
            throw Bad($"gives {chosen}", "name an output that is a map of numbers: [N, C, H, W] or [N, H, W]");
        }
        if ((_graph.Property("task") == "segment" || _graph.Outputs.Any(o => o.Sizes is [_, > 4, > 999] or [_, > 999, > 4])) && _graph.Outputs.Any(o => o.Sizes is [_, _, _, _]))
        {
            throw Bad($"gives boxes and prototypes of single objects ({all}), not a class for each pixel", "score it in C# with SegML.Scoring.Detection.InstanceSegmenter, or give a semantic model");
        }
        if (_said.Output.Name is null && _graph.Outputs.Count > 1)
        {
            _notes.Add($"of its {_graph.Outputs.Count} outputs \"{chosen.Name}\" is read; others: {string.Join(", ", _graph.Outputs.Where(o => o != chosen).Select(o => $"\"{o.Name}\""))}");
        }
        return chosen;
    }

    private TensorLayout LayoutOf(TensorLayout inputLayout)
    {
        if (Tensor.Sizes is not [_, var second, _, var last])
        {
            return inputLayout;
        }
        if (_said.Classes is { Count: var classes } && second != last && (second == classes || last == classes))
        {
            return second == classes ? TensorLayout.Nchw : TensorLayout.Nhwc;
        }
        return (second, last) switch
        {
            (not null, null) => TensorLayout.Nchw,
            (null, not null) => TensorLayout.Nhwc,
            _ => inputLayout,
        };
    }

    // What the graph shows by itself.
    private OutputMeaning Read(LastNode last, long? channels)
    {
        if (last.Kind == LastNode.ArgMax || Tensor.IsInteger)
        {
            return OutputMeaning.ClassIndex;
        }
        if (last.Kind == LastNode.Softmax)
        {
            _notes.Add("it ends in Softmax: its output is read as probabilities");
            return OutputMeaning.Probabilities;
        }
        if (last.Kind == LastNode.Sigmoid)
        {
            _notes.Add("it ends in Sigmoid: its output is read as probabilities of classes by themselves");
            return channels > ClassSet.MostOverlapping ? OutputMeaning.Logits : OutputMeaning.Sigmoid;
        }
        if (channels == 1)
        {
            _warnings.Add("its output has one channel and no sigmoid: it is read as a foreground's logits; if it is a matte or a probability, say so (meaning sigmoid or saliency)");
            return OutputMeaning.SigmoidLogits;
        }
        return OutputMeaning.Logits;
    }

    // What was said, against what the graph shows.
    private OutputMeaning Checked(OutputMeaning said, LastNode last, long? channels)
    {
        bool isIndex = Tensor.IsInteger || last.Kind == LastNode.ArgMax;
        switch (said)
        {
            case not OutputMeaning.ClassIndex when isIndex:
                _warnings.Add($"it gives class numbers ({Tensor}), not {Words(said)}: it is read so");
                return OutputMeaning.ClassIndex;
            case OutputMeaning.ClassIndex when !isIndex && channels is > 1:
                throw Bad($"gives {channels.Value.Of("channel")} of floats ({Tensor}), not class numbers", "describe them as logits or probabilities");
            case OutputMeaning.Saliency when channels is > 1:
                throw Bad($"gives {channels.Value.Of("channel")} ({Tensor}), and saliency is one", "describe its output as logits or probabilities");
            case OutputMeaning.Logits or OutputMeaning.Probabilities when channels == 1:
                throw Bad($"gives one channel ({Tensor}), which would be every pixel's class", "describe its output as sigmoid, sigmoidLogits or saliency");
            case OutputMeaning.Logits when last.Kind == LastNode.Softmax:
                _warnings.Add("it ends in Softmax: its output is probabilities, not logits, and is read so");
                return OutputMeaning.Probabilities;
            case OutputMeaning.SigmoidLogits when last.Kind == LastNode.Sigmoid:
                _warnings.Add("it ends in Sigmoid: its output is probabilities, not logits, and is read so");
                return OutputMeaning.Sigmoid;
            case OutputMeaning.Sigmoid or OutputMeaning.SigmoidLogits when channels > ClassSet.MostOverlapping:
                throw Bad($"gives {channels.Value.Of("channel")}, and at most {ClassSet.MostOverlapping} classes may overlap", "describe its output as logits: the greatest channel is the class");
            default:
                return said;
        }
    }

    private static string Words(OutputMeaning meaning) => meaning switch
    {
        OutputMeaning.SigmoidLogits => "logits",
        OutputMeaning.Sigmoid => "probabilities",
        _ => meaning.ToString().ToLowerInvariant(),
    };

    private ClassSet ClassesOf(long? channels)
    {
        if (channels is > MostClasses)
        {
            throw Bad($"gives {channels.Value.Of("channel")} ({Tensor}), and a mask holds {MostClasses} classes", "give a model of fewer classes");
        }
        IReadOnlyList<SegmentationClass>? named = _said.Classes;
        if (Meaning == OutputMeaning.ClassIndex)
        {
            return named is null
                ? throw Bad($"gives class numbers ({Tensor}), and does not say how many classes there are", "name the classes")
                : Set(named);
        }
        if (channels == 1)
        {
            return named switch
            {
                null => ClassSet.Of("background", "foreground"),
                [var foreground] => Set([Class(0, "background"), foreground with { Id = 1 }]),
                [_, _] => Set(named),
                _ => throw Bad($"gives one channel, a foreground, and {named.Count.Of("class")} are named", "name the foreground, or background and foreground"),
            };
        }
        if (named is null && channels is null)
        {
            throw Bad($"does not say how many classes it has ({Tensor})", "name the classes");
        }
        if (named is null)
        {
            _warnings.Add($"its {channels!.Value.Of("class")} have no names");
            named = [.. Enumerable.Range(0, (int)channels.Value).Select(id => Class(id, $"class {id}"))];
        }
        if (channels is { } count && count != named.Count)
        {
            string background = named.Count == count - 1 ? "; is background missing?" : "";
            throw Bad($"gives {count.Of("channel")} ({Tensor}), and {named.Count.Of("class")} are named{background}", "name a class for each channel, in their order");
        }
        return Set(named, Meaning is OutputMeaning.Sigmoid or OutputMeaning.SigmoidLogits ? [.. named.Select(_ => _said.Output.Threshold)] : null);
    }

    private ClassSet Set(IReadOnlyList<SegmentationClass> classes, double[]? thresholds = null) => new(classes, _said.Ignore, _graph.FileName, thresholds);

    private static SegmentationClass Class(int id, string name) => new() { Id = id, Name = name, Color = DefaultPalette.ColorOf(id) };

    private ModelFormatException Bad(string fault, string fix) => new(_graph.FileName, fault, fix);
}
