using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using SegML.Serving.Limits;
using SegML.Serving.Models;

namespace SegML.Serving.Answers;

/// <summary>What a request asks for, in its query and its Accept header.</summary>
internal sealed record Asked
{
    /// <summary>The outputs, at least one. Several are answered in one JSON document.</summary>
    public required IReadOnlyList<Output> Outputs { get; init; }

    /// <summary>The longer side that larger images are scored at, in pixels; null: their own.</summary>
    public int? Size { get; init; }

    /// <summary>How much an overlay's colours cover, 0 to 1.</summary>
    public double Opacity { get; init; } = 0.5;

    /// <summary>Whether an overlay has a legend.</summary>
    public bool Legend { get; init; } = true;

    /// <summary>The least area of instances and of annotations, in pixels.</summary>
    public int MinArea { get; init; } = 1;

    /// <summary>The classes of instances and of annotations; null: all but one called "background".</summary>
    public IReadOnlyList<string>? Classes { get; init; }

    /// <summary>Whether probabilities are to be computed.</summary>
    public bool Probabilities { get; private init; }

    private static readonly string[] _keys = ["output", "size", "opacity", "legend", "minArea", "classes"];

    /// <summary>Reads a request's query and header.</summary>
    /// <exception cref="RequestException">Something that is asked for is not there, or not from this model.</exception>
    public static Asked Of(HttpRequest request, ServedModel model)
    {
        IQueryCollection query = request.Query;
        if (query.Keys.FirstOrDefault(k => !_keys.Contains(k, StringComparer.OrdinalIgnoreCase)) is { } odd)
        {
            throw Bad($"\"{odd}\" is none of what can be asked: {string.Join(", ", _keys)}");
        }
        var asked = new Asked
        {
            Outputs = query["output"] is { Count: > 0 } names ? Named(names.ToString()) : [Accepted(request)],
            Size = Number(query, "size", 16, 65535),
            Opacity = Share(query, "opacity") ?? 0.5,
            Legend = Flag(query, "legend") ?? true,
            MinArea = Number(query, "minArea", 1, int.MaxValue) ?? 1,
            Classes = query["classes"] is { Count: > 0 } classes ? [.. classes.ToString().Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)] : null,
        };
        if (asked.Classes?.FirstOrDefault(c => !model.Classes.Names.Contains(c)) is { } unknown)
        {
            throw Bad($"\"{unknown}\" is not among the model's classes {string.Join(", ", model.Classes.Names)}");
        }
        if (model.Info is null && asked.Outputs.Any(o => o.OfProbabilities))
        {
            throw Bad($"{model.Name} is a saved ML.NET pipeline, which gives masks and no probabilities; ask for other outputs");
        }
        if (model.Classes.IsMultiLabel && asked.Outputs.FirstOrDefault(o => o.OfInstances) is { } instances)
        {
            throw Bad($"the classes of {model.Name} overlap, and {instances.Name} is for classes that do not; ask for mask or shares");
        }
        return asked with { Probabilities = model.Info is not null && asked.Outputs.Any(o => o.OfProbabilities || o.TakesProbabilities) };
    }

    private static Output[] Named(string names)
    {
        Output[] outputs = [.. names.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(n => Output.Of(n) ?? throw Bad($"there is no output \"{n}\"; there are {string.Join(", ", Output.All.Select(o => o.Name))}"))
            .Distinct()];
        return outputs.Length > 0 ? outputs : throw Bad("output is empty; name one, or leave it out");
    }

    private static Output Accepted(HttpRequest request)
    {
        IList<MediaTypeHeaderValue> accepted = request.GetTypedHeaders().Accept;
        if (accepted.Count == 0)
        {
            return Output.All[0];
        }
        foreach (MediaTypeHeaderValue type in accepted.Where(t => t.Quality is not 0).OrderByDescending(t => t.Quality ?? 1))
        {
            if (Output.All.FirstOrDefault(o => MediaTypeHeaderValue.Parse(o.MediaType).IsSubsetOf(type)) is { } output)
            {
                return output;
            }
        }
        throw new RequestException(StatusCodes.Status406NotAcceptable, $"accept one of {string.Join(", ", Output.All.Select(o => o.MediaType).Distinct())}, or name an output");
    }

    private static int? Number(IQueryCollection query, string name, int least, int most) => query[name] is not { Count: > 0 } text ? null
        : int.TryParse(text.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= least && value <= most ? value
        : throw Bad($"{name} is \"{text}\", not a whole number of {least} to {most}");

    private static double? Share(IQueryCollection query, string name) => query[name] is not { Count: > 0 } text ? null
        : double.TryParse(text.ToString(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value) && value is >= 0 and <= 1 ? value
        : throw Bad($"{name} is \"{text}\", not a number of 0 to 1");

    private static bool? Flag(IQueryCollection query, string name) => query[name] is not { Count: > 0 } text ? null
        : bool.TryParse(text.ToString(), out bool value) ? value
        : throw Bad($"{name} is \"{text}\", not true or false");

    private static RequestException Bad(string detail) => new(StatusCodes.Status400BadRequest, detail);
}
