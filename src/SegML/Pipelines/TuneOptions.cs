using System.Text.Json.Nodes;

namespace SegML.Pipelines;

/// <summary>
/// What <c>segml runs tune</c> searches: <c>"tune": { "ranges": { "training.learningRate": { "min": 1e-4, "max": 1e-2, "log": true } } }</c>.
/// A trial is a training run whose values are drawn from the ranges; trials are compared by their mean IoU on the split "val".
/// </summary>
public sealed record TuneOptions
{
    // Validations compare trials, and epochs are what halving shares out.
    private static readonly string[] Fixed = ["training.epochs", "training.validateEvery", "training.monitor", "training.earlyStopping", "training.keepCheckpoints"];

    /// <summary>How many combinations are tried, 1 to 1000. Default 16.</summary>
    public int Trials { get; init; } = 16;

    /// <summary>Decides what is drawn. A trial's values do not depend on how many there are. Default 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>
    /// Successive halving (Jamieson and Talwalkar 2016): all trials train for a small share of the epochs, the best 1/halving of them for
    /// halving times as many, and so on; the last rung has all epochs of the pipeline. 2 to 10, or 0: every trial trains to its end,
    /// which is random search. Default 3.
    /// </summary>
    public int Halving { get; init; } = 3;

    /// <summary>The values by option, as <c>--set</c> names it; options of input, network and training alone, save those that set a run's length.</summary>
    public IReadOnlyDictionary<string, TuneRange> Ranges { get; init; } = new Dictionary<string, TuneRange>();

    /// <summary>Checks the ranges.</summary>
    /// <param name="source">The pipeline file's path, for errors.</param>
    /// <exception cref="PipelineFormatException">A value is out of its range.</exception>
    public void Validate(string source)
    {
        var range = new OptionRange(source, "tune");
        range.Within(Trials, 1, 1000, "trials");
        if (Halving != 0)
        {
            range.Within(Halving, 2, 10, "halving");
        }
        if (Ranges.Count == 0)
        {
            throw new PipelineFormatException(source, "has no tune.ranges", "name an option, such as \"training.learningRate\": { \"min\": 1e-4, \"max\": 1e-2, \"log\": true }");
        }
        foreach ((string option, TuneRange values) in Ranges)
        {
            if (option.Split('.')[0] is not ("input" or "network" or "training") || Fixed.Any(f => option == f || option.StartsWith(f + ".", StringComparison.Ordinal)))
            {
                throw new PipelineFormatException(source, $"has {option} in tune.ranges, which cannot be searched",
                    $"choose options of input, network and training, save {string.Join(", ", Fixed)}");
            }
            values.Validate(source, $"tune.ranges[\"{option}\"]");
        }
    }
}

/// <summary>What one option's value is drawn from: some values, or all between two.</summary>
public sealed record TuneRange
{
    /// <summary>The values, each as likely. Null: <see cref="Min"/> and <see cref="Max"/> tell. Default null.</summary>
    public IReadOnlyList<JsonNode>? Values { get; init; }

    /// <summary>The least value. Left out where <see cref="Values"/> are given.</summary>
    public double? Min { get; init; }

    /// <summary>The greatest value, above <see cref="Min"/>. Left out where <see cref="Values"/> are given.</summary>
    public double? Max { get; init; }

    /// <summary>Whether the value's logarithm is drawn evenly, as suits learning rates; min is above 0 then. Default false.</summary>
    public bool Log { get; init; }

    /// <summary>Whether only whole numbers are drawn, both ends among them. Default false.</summary>
    public bool Integer { get; init; }

    internal void Validate(string source, string place)
    {
        string? fault = (Values, Min, Max) switch
        {
            ({ Count: 0 }, null, null) => "no values",
            ({ }, null, null) => Log || Integer ? "values, and log or integer" : null,
            (null, { } min, { } max) when !(min < max) || !double.IsFinite(max - min) => "a min that is not below max",
            (null, { } min, { }) when Log && min <= 0 => "log, and a min that is not above 0",
            (null, { } min, { } max) when Integer && !(double.IsInteger(min) && double.IsInteger(max) && Math.Abs(min) <= int.MaxValue && Math.Abs(max) < int.MaxValue)
                => "integer, and a min or max that is not a whole number",
            (null, { }, { }) => null,
            _ => "neither values alone nor both min and max",
        };
        if (fault is not null)
        {
            throw new PipelineFormatException(source, $"has {fault} in {place}",
                "write { \"values\": [8, 16] } or { \"min\": 1e-4, \"max\": 1e-2, \"log\": true }");
        }
    }
}
