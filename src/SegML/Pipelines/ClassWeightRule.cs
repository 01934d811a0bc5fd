using System.Text.Json;
using System.Text.Json.Serialization;
using SegML.Masks;

namespace SegML.Pipelines;

/// <summary>How classes weigh in the loss: by a rule, or as given class by class. In a pipeline file the rule's name, or an object such as { "car": 3 }.</summary>
[JsonConverter(typeof(ClassWeightRuleConverter))]
public sealed record ClassWeightRule
{
    // Beyond this a class drowns all others, and float32 their sum.
    private const double Greatest = 1e6;

    /// <summary>Weights from the classes' shares of the training pixels.</summary>
    /// <param name="weighting">The rule.</param>
    public ClassWeightRule(ClassWeighting weighting) => Weighting = weighting;

    /// <summary>Given weights, used as they are.</summary>
    /// <param name="weights">Weights by class name, above 0; a class that is not named has 1.</param>
    public ClassWeightRule(IReadOnlyDictionary<string, double> weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        Weights = weights;
    }

    /// <summary>The rule; null where the weights are given.</summary>
    public ClassWeighting? Weighting { get; }

    /// <summary>Given weights by class name; null where a rule makes them.</summary>
    public IReadOnlyDictionary<string, double>? Weights { get; }

    /// <summary>Weights from the classes' shares of the training pixels.</summary>
    public static implicit operator ClassWeightRule(ClassWeighting weighting) => new(weighting);

    /// <summary>The rule's name as pipeline files have it, or "given".</summary>
    public override string ToString() => Weighting is { } rule ? ClassWeightRuleConverter.NameOf(rule) : "given";

    /// <summary>Checks names and ranges.</summary>
    /// <param name="source">The pipeline file's path, for errors.</param>
    /// <param name="classes">The pipeline's classes.</param>
    /// <exception cref="PipelineFormatException">A name is not a class's, or a weight is out of its range.</exception>
    internal void Validate(string source, ClassSet classes)
    {
        foreach ((string name, double weight) in Weights ?? new Dictionary<string, double>())
        {
            if (!classes.Names.Contains(name))
            {
                throw new PipelineFormatException(source, $"has \"{name}\" in training.classWeights, which is no class", $"choose from {string.Join(", ", classes.Names)}");
            }
            new OptionRange(source, "training").Above(weight, 0, $"classWeights.{name}");
            new OptionRange(source, "training").Within(weight, 0, Greatest, $"classWeights.{name}");
        }
    }
}

/// <summary>A rule's name, or weights by class name.</summary>
internal sealed class ClassWeightRuleConverter : JsonConverter<ClassWeightRule>
{
    /// <summary>A rule's name in pipeline files.</summary>
    public static string NameOf(ClassWeighting weighting) => JsonSerializer.SerializeToElement(weighting).GetString()!;

    public override ClassWeightRule Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            string name = reader.GetString()!;
            ClassWeighting[] rules = [.. Enum.GetValues<ClassWeighting>().Where(w => NameOf(w) == name)];
            return rules.Length == 1 ? rules[0] : throw new JsonException();
        }
        return new ClassWeightRule(JsonSerializer.Deserialize<Dictionary<string, double>>(ref reader, options) ?? throw new JsonException());
    }

    public override void Write(Utf8JsonWriter writer, ClassWeightRule value, JsonSerializerOptions options)
    {
        if (value.Weighting is { } rule)
        {
            writer.WriteStringValue(NameOf(rule));
            return;
        }
        writer.WriteStartObject();
        foreach ((string name, double weight) in value.Weights!)
        {
            writer.WriteNumber(name, weight);
        }
        writer.WriteEndObject();
    }
}
