using System.Globalization;

namespace SegML.Pipelines;

/// <summary>Range checks that name the key and the range in their errors.</summary>
/// <param name="Source">The pipeline file's path.</param>
/// <param name="Part">The key path of the options: "training".</param>
internal readonly record struct OptionRange(string Source, string Part)
{
    public void AtLeast(int value, int least, string key)
    {
        if (value < least)
        {
            throw Bad(key, value, FormattableString.Invariant($"at least {least}"));
        }
    }

    public void Above(double value, double bound, string key)
    {
        if (!double.IsFinite(value) || value <= bound)
        {
            throw Bad(key, value, FormattableString.Invariant($"a finite number above {bound}"));
        }
    }

    public void Within(double value, double least, double greatest, string key)
    {
        // Written so that NaN fails.
        if (!(value >= least && value <= greatest))
        {
            throw Bad(key, value, FormattableString.Invariant($"from {least} to {greatest}"));
        }
    }

    private PipelineFormatException Bad(string key, double value, string range) =>
        new(Source, $"has {Part}.{key} {value.ToString(CultureInfo.InvariantCulture)}", $"choose a value {range}");
}
