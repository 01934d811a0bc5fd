using System.Text.Json;
using System.Text.Json.Serialization;
using SegML.Images;
using SegML.Masks;

namespace SegML.Pipelines;

/// <summary>A pipeline file's form: what <see cref="Pipeline"/> is made from.</summary>
internal sealed record PipelineDocument
{
    public required string Name { get; init; }

    /// <summary>The classes, 1 to 255, in the order of their ids.</summary>
    public IReadOnlyList<ClassEntry> Classes { get; init; } = [];

    /// <summary>
    /// Whether classes overlap: a pixel may be of several of the at most 7 classes, or of none. Masks are then a file for each class, with {class} in
    /// their path, or drawn from annotations, each class by itself. The network's scores become probabilities by a sigmoid each. Left out: false.
    /// </summary>
    public bool MultiLabel { get; init; }

    /// <summary>What training and evaluation leave out. Left out: what the masks hold as 255, unless a class claims that value.</summary>
    public IgnoreEntry? Ignore { get; init; }

    public DataOptions Data { get; init; } = new();

    public InputOptions Input { get; init; } = new();

    public NetworkOptions Network { get; init; } = new();

    public TrainingOptions Training { get; init; } = new();

    public TuneOptions? Tune { get; init; }

    public Pipeline ToPipeline(string source)
    {
        IEnumerable<SegmentationClass> classes = Classes.Select((c, i) => new SegmentationClass
        {
            Id = c.Id,
            Name = c.Name,
            Color = c.Color ?? DefaultPalette.ColorOf(i),
            From = c.From,
        });
        // An ignore index that the file names is a statement about the masks' values; the default is not.
        var ignore = new IgnoreClass { Id = Ignore?.Id ?? 255, Color = Ignore?.Color ?? default, From = Ignore?.From ?? (Ignore?.Id is { } id ? [SourceValuesConverter.Text(id)] : null) };
        return new Pipeline
        {
            Name = Name,
            Classes = new ClassSet([.. classes], ignore, source, MultiLabel ? [.. Classes.Select(_ => 0.5)] : null),
            Data = Data,
            Input = Input,
            Network = Network,
            Training = Training,
            Tune = Tune,
            Source = source,
        };
    }

    public static PipelineDocument From(Pipeline pipeline) => new()
    {
        Name = pipeline.Name,
        Classes = [.. pipeline.Classes.Classes.Select(c => new ClassEntry { Id = c.Id, Name = c.Name, Color = c.Color, From = c.From })],
        MultiLabel = pipeline.Classes.IsMultiLabel,
        Ignore = new IgnoreEntry
        {
            Id = pipeline.Classes.Ignore is { From: null, Id: 255 } ? null : pipeline.Classes.Ignore.Id,
            Color = pipeline.Classes.Ignore.Color,
            From = pipeline.Classes.Ignore.From,
        },
        Data = pipeline.Data,
        Input = pipeline.Input,
        Network = pipeline.Network,
        Training = pipeline.Training,
        Tune = pipeline.Tune,
    };
}

/// <summary>One entry of "classes".</summary>
internal sealed record ClassEntry
{
    public required int Id { get; init; }

    public required string Name { get; init; }

    public Rgb? Color { get; init; }

    /// <summary>
    /// What stands for this class in the data set's own masks and annotations: mask values (7), mask colours ("#804080") and annotation
    /// names ("Road"); "*" is every one that nothing else claims. Several are merged. Left out: the class's own id, colour and name; of two classes
    /// the second also takes white, 255, in grey masks that do not hold 1.
    /// </summary>
    [JsonConverter(typeof(SourceValuesConverter))]
    public IReadOnlyList<string>? From { get; init; }
}

/// <summary>"ignore".</summary>
internal sealed record IgnoreEntry
{
    /// <summary>The ignore index: the mask value of pixels that count for nothing, 0-255, not a class id. Left out: 255, unless a class claims it.</summary>
    public int? Id { get; init; }

    public Rgb? Color { get; init; }

    /// <summary>
    /// Mask values, mask colours and annotation names to ignore; "*" is every one that no class claims. Left out: the ignore index and its colour.
    /// </summary>
    [JsonConverter(typeof(SourceValuesConverter))]
    public IReadOnlyList<string>? From { get; init; }
}

/// <summary>"from": mask values, written as numbers, and annotation names, written as text.</summary>
internal sealed class SourceValuesConverter : JsonConverter<IReadOnlyList<string>>
{
    public override IReadOnlyList<string> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException();
        }
        var values = new List<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            values.Add(reader.TokenType switch
            {
                JsonTokenType.Number => Text(reader.GetInt32()),
                JsonTokenType.String => reader.GetString()!,
                _ => throw new JsonException(),
            });
        }
        return values;
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<string> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (string source in value)
        {
            if (int.TryParse(source, out int number) && Text(number) == source)
            {
                writer.WriteNumberValue(number);
            }
            else
            {
                writer.WriteStringValue(source);
            }
        }
        writer.WriteEndArray();
    }

    internal static string Text(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
