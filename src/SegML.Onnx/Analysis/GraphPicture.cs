using System.Globalization;
using System.Security;
using System.Text;

namespace SegML.Onnx.Analysis;

/// <summary>Draws a folded graph as SVG: one column of blocks, and lanes at its right for what skips blocks.</summary>
internal sealed class GraphPicture(OnnxSummary summary)
{
    private const int Margin = 24, BlockWidth = 340, BlockHeight = 44, EndHeight = 26, Gap = 30, Stub = 96, Lane = 16, Title = 44, LineLength = 52;

    private const string Style = """
        text { font-family: system-ui, sans-serif; font-size: 12px; fill: #1f2430 }
        .name { font-weight: 600 } .small { font-size: 10.5px; fill: #5b6270 } .shape { font-size: 10.5px; fill: #33507a } .end { fill: #5b6270 }
        .block { fill: #f4f6fa; stroke: #b9c2d2 } .heavy { fill: #dde7f6; stroke: #7f9cc8 } .io { fill: #fff; stroke: #b9c2d2; stroke-dasharray: 4 3 }
        .flow { fill: none; stroke: #7a8599; stroke-width: 1.3 } .skip { fill: none; stroke: #c07a2c; stroke-width: 1.3 }
        """;

    private readonly StringBuilder _svg = new();

    public string Draw()
    {
        int[] tops = Tops(out int bottom);
        OnnxEdge[] down = [.. summary.Edges.Where(e => e.To == e.From + 1).DistinctBy(e => e.From)];
        OnnxEdge[] skips = [.. summary.Edges.Where(e => e.To > e.From + 1 || e.To < e.From).OrderBy(e => Math.Abs(e.To - e.From))];
        Dictionary<OnnxEdge, int> lanes = Lanes(skips);
        int width = 2 * Margin + BlockWidth + (skips.Length == 0 ? 0 : Stub + (lanes.Values.Max() + 1) * Lane);
        _svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {bottom + Margin}\" width=\"{width}\" height=\"{bottom + Margin}\">\n");
        _svg.Append($"<style>\n{Style}\n</style>\n<defs><marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"context-stroke\"/></marker></defs>\n");
        _svg.Append(CultureInfo.InvariantCulture, $"<rect width=\"{width}\" height=\"{bottom + Margin}\" fill=\"#fff\"/>\n");
        Text(Margin, Margin + 6, "name", $"{Short(summary.Parameters)} parameters, {Short(summary.Macs)} MACs, {summary.PeakActivationBytes / 1e6:0.#} MB of activations at most");
        Array.ForEach(down, e => Down(tops, e));
        ILookup<(int, bool), OnnxEdge> ports = skips.SelectMany(e => new[] { ((e.From, true), e), ((e.To, false), e) }).ToLookup(p => p.Item1, p => p.e);
        Array.ForEach(skips, e => Skip(tops, e, lanes[e], ports));
        long heavy = summary.Macs / Math.Max(1, summary.Blocks.Count / 3);
        for (int i = 0; i < summary.Blocks.Count; i++)
        {
            Block(tops[i], summary.Blocks[i], summary.Blocks[i].Macs > heavy);
        }
        return _svg.Append("</svg>\n").ToString();
    }

    private int[] Tops(out int bottom)
    {
        var tops = new int[summary.Blocks.Count];
        int y = Margin + Title - 20;
        for (int i = 0; i < tops.Length; i++)
        {
            tops[i] = y;
            y += Height(i) + Gap;
        }
        bottom = y - Gap;
        return tops;
    }

    private int Height(int block) => summary.Blocks[block].Kind == OnnxBlockKind.Module ? BlockHeight : EndHeight;

    // Short skips get the inner lanes; those whose spans do not touch share one.
    private static Dictionary<OnnxEdge, int> Lanes(OnnxEdge[] skips)
    {
        Dictionary<OnnxEdge, int> lanes = new(ReferenceEqualityComparer.Instance);
        List<List<OnnxEdge>> taken = [];
        foreach (OnnxEdge skip in skips)
        {
            int lane = taken.FindIndex(l => l.All(o => Math.Max(o.From, o.To) <= Math.Min(skip.From, skip.To) || Math.Min(o.From, o.To) >= Math.Max(skip.From, skip.To)));
            if (lane < 0)
            {
                lane = taken.Count;
                taken.Add([]);
            }
            taken[lane].Add(skip);
            lanes[skip] = lane;
        }
        return lanes;
    }

    private void Block(int top, OnnxBlock block, bool heavy)
    {
        int height = block.Kind == OnnxBlockKind.Module ? BlockHeight : EndHeight;
        string look = block.Kind != OnnxBlockKind.Module ? "io" : heavy ? "heavy" : "block";
        _svg.Append(CultureInfo.InvariantCulture, $"<rect class=\"{look}\" x=\"{Margin}\" y=\"{top}\" width=\"{BlockWidth}\" height=\"{height}\" rx=\"{(block.Kind == OnnxBlockKind.Module ? 6 : 13)}\"/>\n");
        if (block.Kind != OnnxBlockKind.Module)
        {
            Text(Margin + BlockWidth / 2, top + 17, "end", block.Name, "middle");
            return;
        }
        string costs = string.Join(" \u00b7 ", new[] { (block.Parameters, "parameters"), (block.Macs, "MACs") }.Where(c => c.Item1 > 0).Select(c => $"{Short(c.Item1)} {c.Item2}"));
        Text(Margin + 12, top + 18, "name", Fit(block.Name, 44));
        Text(Margin + 12, top + 34, "small", Fit(string.Join(", ", block.Operators), LineLength - costs.Length));
        Text(Margin + BlockWidth - 12, top + 34, "small", costs, "end");
    }

    private void Down(int[] tops, OnnxEdge edge)
    {
        int x = Margin + BlockWidth / 2, from = tops[edge.From] + Height(edge.From), to = tops[edge.To];
        _svg.Append(CultureInfo.InvariantCulture, $"<path class=\"flow\" d=\"M{x} {from}V{to - 1}\" marker-end=\"url(#head)\"/>\n");
        Text(x + 10, (from + to) / 2 + 4, "shape", Shape(edge.Shape));
    }

    private void Skip(int[] tops, OnnxEdge edge, int lane, ILookup<(int, bool), OnnxEdge> ports)
    {
        // Leaving in the lower half of a block and arriving in the upper, spread where there are several.
        double Port(int block, bool leaves)
        {
            OnnxEdge[] all = [.. ports[(block, leaves)]];
            double place = (Array.FindIndex(all, e => ReferenceEquals(e, edge)) + 1.0) / (all.Length + 1);
            return tops[block] + Height(block) * (leaves ? 0.5 + place / 2 : place / 2);
        }

        int right = Margin + BlockWidth, x = right + Stub + lane * Lane;
        double from = Port(edge.From, leaves: true), to = Port(edge.To, leaves: false);
        double bend = to > from ? 6 : -6;
        _svg.Append(CultureInfo.InvariantCulture,
            $"<path class=\"skip\" d=\"M{right} {from:0.#}H{x - 6}Q{x} {from:0.#} {x} {from + bend:0.#}V{to - bend:0.#}Q{x} {to:0.#} {x - 6} {to:0.#}H{right + 1}\" marker-end=\"url(#head)\"/>\n");
        Text(right + 6, (int)from - 3, "shape", Shape(edge.Shape));
    }

    private void Text(int x, int y, string look, string text, string anchor = "start") =>
        _svg.Append(CultureInfo.InvariantCulture, $"<text class=\"{look}\" x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{SecurityElement.Escape(text)}</text>\n");

    private static string Fit(string text, int length) => text.Length <= length ? text : $"{text[..(length - 1)]}\u2026";

    private static string Shape(IReadOnlyList<long> shape) => string.Join('\u00d7', shape);

    /// <summary>A count in three digits: 1.32 M.</summary>
    internal static string Short(long count)
    {
        (double scale, string unit) = count switch { >= 1_000_000_000 => (1e9, " G"), >= 1_000_000 => (1e6, " M"), >= 1_000 => (1e3, " k"), _ => (1.0, "") };
        double value = count / scale;
        return value.ToString(unit.Length == 0 ? "0" : value >= 100 ? "0" : value >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture) + unit;
    }
}
