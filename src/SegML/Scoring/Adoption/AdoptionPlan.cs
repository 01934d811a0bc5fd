using SegML.Masks;
using SegML.Pipelines;

namespace SegML.Scoring.Adoption;

/// <summary>A description with nothing left open: what was said of a model, and the rest read from its graph.</summary>
internal sealed record AdoptionPlan
{
    public required string Name { get; init; }

    public required ForeignTensor InputTensor { get; init; }

    /// <summary>The order of the input's axes.</summary>
    public required TensorLayout InputLayout { get; init; }

    /// <summary>How an image becomes the numbers that the graph is given, its own layout and element type apart.</summary>
    public required InputOptions Input { get; init; }

    /// <summary>Whether the graph normalises its input by itself.</summary>
    public required bool NormalizesItself { get; init; }

    /// <summary>The output that counts.</summary>
    public required ForeignTensor OutputTensor { get; init; }

    /// <summary>The value to read: the output's, or what its last nodes choose from.</summary>
    public required string Source { get; init; }

    /// <summary>How many axes it has.</summary>
    public required int SourceRank { get; init; }

    public required TensorLayout OutputLayout { get; init; }

    public required OutputMeaning Meaning { get; init; }

    public required double Threshold { get; init; }

    public required ClassSet Classes { get; init; }

    /// <summary>Whether one channel tells the foreground from the background.</summary>
    public bool IsForeground => !Classes.IsMultiLabel && Meaning is (OutputMeaning.Sigmoid or OutputMeaning.SigmoidLogits or OutputMeaning.Saliency);

    /// <summary>Whether what scoring is given are probabilities, not logits.</summary>
    public bool GivesProbabilities => Meaning is not (OutputMeaning.Logits or OutputMeaning.SigmoidLogits);

    /// <summary>What was read from the graph, a sentence each.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>What is probably wrong, a sentence each.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>The description that says all this by itself.</summary>
    public ModelDescription ToDescription() => new()
    {
        Name = Name,
        Input = new InputDescription
        {
            Name = InputTensor.Name,
            Layout = InputLayout,
            Width = Input.Fit == InputFit.Original ? null : Input.Width,
            Height = Input.Fit == InputFit.Original ? null : Input.Height,
            Fit = Input.Fit,
            Filter = Input.Filter,
            Multiple = Input.Multiple,
            PadColor = Input.PadColor,
            ColorSpace = Input.ColorSpace,
            Range = InputTensor.IsInteger ? null : 1,
            Mean = InputTensor.IsInteger ? null : Input.Mean,
            Std = InputTensor.IsInteger ? null : Input.Std,
        },
        Output = new OutputDescription { Name = OutputTensor.Name, Layout = OutputLayout, Meaning = Meaning, Threshold = Threshold },
        Classes = Classes.Classes,
        Ignore = Classes.Ignore,
    };
}
