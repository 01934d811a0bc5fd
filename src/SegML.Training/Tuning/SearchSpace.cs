using System.Globalization;
using System.Text.Json.Nodes;
using SegML.Pipelines;
using SegML.Training.Data;
using SegML.Training.Networks;

namespace SegML.Training.Tuning;

/// <summary>Draws the trials' values from the ranges of a pipeline's tune part.</summary>
/// <param name="options">The ranges.</param>
internal sealed class SearchSpace(TuneOptions options)
{
    private readonly KeyValuePair<string, TuneRange>[] _ranges = [.. options.Ranges];

    /// <summary>The options that are searched.</summary>
    public IReadOnlyList<string> Names => [.. _ranges.Select(r => r.Key)];

    /// <summary>A trial's values as settings, "training.learningRate=0.0021", in the order of the ranges.</summary>
    /// <param name="trial">Counted from 0.</param>
    public string[] Draw(int trial) =>
        [.. _ranges.Select((range, i) => $"{range.Key}={Value(range.Value, new SampleRandom(options.Seed, trial, i).NextDouble())}")];

    /// <summary>
    /// Tries every value, and both ends of ranges, in a pipeline and its network: a search should not fail in its last trial. What only
    /// some combination breaks, that trial will say.
    /// </summary>
    /// <param name="pipelinePath">The file that the settings are set in.</param>
    /// <exception cref="PipelineFormatException">An option does not exist, or cannot have a value.</exception>
    public void Check(string pipelinePath)
    {
        foreach ((string option, TuneRange range) in _ranges)
        {
            foreach (string value in range.Values?.Select(Text) ?? [Value(range, 0), Value(range, 1)])
            {
                Pipeline pipeline = Pipelines.PipelineFile.Read(pipelinePath, settings: [$"{option}={value}"]);
                if (option.StartsWith("network.", StringComparison.Ordinal))
                {
                    NetworkCatalog.Create(pipeline.Network, pipeline.Classes.Count, $"setting {option}={value}", pipeline.Input.ChannelCount).Dispose();
                }
            }
        }
    }

    /// <summary>A range's value at a share of the way through it, 0 to 1.</summary>
    internal static string Value(TuneRange range, double share)
    {
        if (range.Values is { } values)
        {
            return Text(values[Math.Min((int)(share * values.Count), values.Count - 1)]);
        }
        (double min, double max) = (range.Min!.Value, range.Max!.Value);
        if (range.Integer)
        {
            // A whole number stands for the unit that begins with it.
            return Math.Clamp(Math.Floor(At(min, max + 1)), min, max).ToString("0", CultureInfo.InvariantCulture);
        }
        // Four digits are more than a search can tell apart; the ends stay what they are.
        double value = Math.Clamp(double.Parse(At(min, max).ToString("g4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture), min, max);
        return value.ToString(CultureInfo.InvariantCulture);

        double At(double low, double high) => range.Log ? low * Math.Pow(high / low, share) : low + share * (high - low);
    }

    private static string Text(JsonNode value) => value.ToJsonString();
}
