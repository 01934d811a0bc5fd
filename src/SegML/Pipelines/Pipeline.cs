using System.Text.Json;
using System.Text.Json.Nodes;
using SegML.Annotations;
using SegML.Masks;

namespace SegML.Pipelines;

/// <summary>A task as its pipeline file declares it: classes, data, input, network, training.</summary>
public sealed record Pipeline
{
    /// <summary>A short name, used for files and titles.</summary>
    public required string Name { get; init; }

    /// <summary>The classes and the ignore index.</summary>
    public required ClassSet Classes { get; init; }

    /// <summary>Where the images and masks are.</summary>
    public DataOptions Data { get; init; } = new();

    /// <summary>How an image becomes the network's input.</summary>
    public InputOptions Input { get; init; } = new();

    /// <summary>Which network is trained.</summary>
    public NetworkOptions Network { get; init; } = new();

    /// <summary>How it is trained.</summary>
    public TrainingOptions Training { get; init; } = new();

    /// <summary>What <c>segml runs tune</c> searches; training ignores it. Null: nothing. Default null.</summary>
    public TuneOptions? Tune { get; init; }

    /// <summary>The file it was read from, for error messages.</summary>
    public string Source { get; init; } = "pipeline";

    /// <summary>Whether training is validated: on a fold, or on the split "val", if there is one and it is not trained on.</summary>
    public bool HasValidation() => Data.Folds is not null || Data.SplitNames.Contains("val") && !Training.Splits.Contains("val");

    /// <summary>Checks the ranges of every option but the network's own, which the network checks.</summary>
    /// <exception cref="PipelineFormatException">A value is out of its range.</exception>
    public void Validate()
    {
        if (string.IsNullOrWhiteSpace(Name) || Name.AsSpan().IndexOfAny("/\\:\0") >= 0)
        {
            throw new PipelineFormatException(Source, $"has the name \"{Name}\"", "choose one that can be a file's name");
        }
        Data.Validate(Source);
        if (Data.Unlabelled is { } unlabelled && unlabelled != AnnotationOptions.Ignored && !Classes.TryFromName(unlabelled, out _))
        {
            throw new PipelineFormatException(Source, $"has data.unlabelled \"{unlabelled}\", which is no class", $"choose \"ignore\" or one of {string.Join(", ", Classes.Names)}");
        }
        Input.Validate(Source);
        Training.Validate(Source);
        Training.ClassWeights.Validate(Source, Classes);
        MonitoredFigure.Parse(Training.Monitor, Classes, Source);
        if (Training.Augmentation.RareClasses.FirstOrDefault(name => !Classes.Names.Contains(name)) is { } rare)
        {
            throw new PipelineFormatException(Source, $"has \"{rare}\" in training.augmentation.rareClasses, which is no class", $"choose from {string.Join(", ", Classes.Names)}");
        }
        Tune?.Validate(Source);
        MultiLabelRules.Validate(this);
    }
}

/// <summary>The network part of a pipeline file.</summary>
public sealed record NetworkOptions
{
    /// <summary>The network's name. Default "fcn-light".</summary>
    /// <remarks>One of those that NetworkCatalog of SegML.Training lists, or that an app registered there.</remarks>
    public string Name { get; init; } = "fcn-light";

    /// <summary>The network's own options, such as its width; the network's options record documents them. Null: its defaults.</summary>
    public JsonObject? Options { get; init; }

    /// <summary>A network with its own options from a record of its.</summary>
    /// <param name="name">The network's name.</param>
    /// <param name="options">The network's options record, such as FcnLightOptions of SegML.Training.</param>
    public static NetworkOptions Of(string name, object options)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(options);
        return new NetworkOptions { Name = name, Options = (JsonObject)JsonSerializer.SerializeToNode(options, options.GetType(), PipelineJson.Options)! };
    }

    /// <summary>The network of a name with its default options.</summary>
    public static NetworkOptions FromString(string name) => new() { Name = name };

    /// <summary>The network of a name with its default options.</summary>
    public static implicit operator NetworkOptions(string name) => FromString(name);
}
