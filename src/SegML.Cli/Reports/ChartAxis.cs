using System.Globalization;

namespace SegML.Cli.Reports;

/// <summary>An axis with ticks at round numbers: 1, 2 or 5 times a power of ten apart.</summary>
internal sealed class ChartAxis
{
    private readonly double _from, _to;
    private readonly int _decimals;

    /// <param name="from">Where it begins.</param>
    /// <param name="to">Where it ends.</param>
    /// <param name="most">About how many ticks.</param>
    /// <param name="whole">Whether only whole numbers make sense.</param>
    public ChartAxis(double from, double to, int most, bool whole)
    {
        (_from, _to) = (from, to);
        double rough = Math.Max((to - from) / most, 1e-9), power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = power * ((rough / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 });
        step = whole ? Math.Max(1, Math.Round(step)) : step;
        _decimals = Math.Max(0, (int)Math.Ceiling(-Math.Log10(step) - 1e-9));
        int first = (int)Math.Ceiling(from / step - 1e-9), last = (int)Math.Floor(to / step + 1e-9);
        Ticks = [.. Enumerable.Range(first, Math.Max(0, last - first + 1)).Select(i => i * step)];
    }

    public IReadOnlyList<double> Ticks { get; }

    /// <summary>Where a value is on the axis, 0-1.</summary>
    public double Share(double value) => _to == _from ? 0 : (value - _from) / (_to - _from);

    public string Label(double tick) => tick.ToString("F" + _decimals, CultureInfo.InvariantCulture);
}
