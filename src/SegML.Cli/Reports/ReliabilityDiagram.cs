using SegML.Evaluation;

namespace SegML.Cli.Reports;

/// <summary>A calibration as a reliability diagram: each bin's share of right pixels over its probability, and how many pixels it holds.</summary>
internal static class ReliabilityDiagram
{
    private const double Side = 300, Left = 44, Top = 8, Bars = 64, Gap = 14, Bottom = 38;
    private const double Width = Left + Side + 16, Height = Top + Side + Gap + Bars + Bottom;

    public static Html Of(Calibration calibration)
    {
        double most = Math.Max(1, calibration.Bins.Max(b => b.Pixels)), floor = Top + Side + Gap + Bars;
        return Html.Of($"""
            <svg class="reliability" viewBox="0 0 {Width} {Height}" role="img" aria-label="Reliability diagram">
            {((double[])[0, 0.2, 0.4, 0.6, 0.8, 1]).Select(tick => Html.Of($"""
                <path class="grid" d="M{Left} {Down(tick):0.#}H{Left + Side}"/><text x="{Left - 8}" y="{Down(tick) + 4:0.#}" text-anchor="end">{100 * tick:0}</text><text x="{Left + tick * Side:0.#}" y="{floor + 18:0.#}" text-anchor="middle">{100 * tick:0}</text>
                """))}
            {calibration.Bins.Where(b => b.Pixels > 0).Select(Bin)}
            <path class="ideal" d="M{Left} {Down(0)}L{Left + Side} {Down(1)}"/>
            <path class="grid" d="M{Left} {floor}H{Left + Side}"/>
            {calibration.Bins.Where(b => b.Pixels > 0).Select(b => Html.Of($"<rect class=\"c0\" x=\"{Across(b.From) + 1:0.#}\" y=\"{floor - b.Pixels / most * Bars:0.##}\" width=\"{Side / Calibration.BinCount - 2:0.#}\" height=\"{b.Pixels / most * Bars:0.##}\"><title>{b.Pixels:N0} pixels</title></rect>"))}
            <text x="{Left + Side}" y="{Height - 4}" text-anchor="end">probability of the chosen class, %</text>
            </svg>
            """);

        Html Bin(CalibrationBin b)
        {
            // What is both promised and right, and above it what is only one of them.
            double lower = Down(Math.Min(b.Accuracy, b.Confidence)), upper = Down(Math.Max(b.Accuracy, b.Confidence)), x = Across(b.From) + 1, width = Side / Calibration.BinCount - 2;
            return Html.Of($"""
                <g><rect class="c0" x="{x:0.#}" y="{lower:0.#}" width="{width:0.#}" height="{Down(0) - lower:0.#}"/><rect class="{(b.Accuracy < b.Confidence ? "missing" : "excess")}" x="{x:0.#}" y="{upper:0.#}" width="{width:0.#}" height="{lower - upper:0.#}"/><title>{100 * b.From:0}–{100 * b.To:0} %: {100 * b.Accuracy:0.0} % right, {100 * b.Confidence:0.0} % promised, {b.Pixels:N0} pixels</title></g>
                """);
        }

        static double Down(double share) => Top + (1 - share) * Side;

        static double Across(double share) => Left + share * Side;
    }
}
