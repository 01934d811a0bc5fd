using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;

namespace SegML.Cli.Reports;

/// <summary>
/// A piece of HTML. Made from an interpolated string, <c>Html.Of($"...")</c>, whose holes are escaped unless they are
/// HTML themselves: text cannot become markup by accident.
/// </summary>
public readonly struct Html
{
    private readonly string? _text;

    private Html(string text) => _text = text;

    /// <summary>Nothing.</summary>
    public static Html Empty => default;

    /// <summary>Markup with escaped holes.</summary>
    public static Html Of(HtmlInterpolation markup) => new(markup.ToString());

    /// <summary>Plain text, escaped.</summary>
    public static Html Text(string text) => new(WebUtility.HtmlEncode(text));

    /// <summary>Markup as it stands; only for constants.</summary>
    internal static Html Constant(string markup) => new(markup);

    /// <summary>Pieces one after the other.</summary>
    public static Html Join(IEnumerable<Html> pieces) => new(string.Concat(pieces));

    /// <summary>The markup.</summary>
    public override string ToString() => _text ?? "";
}

/// <summary>Builds <see cref="Html"/> from an interpolated string. Numbers are written in the invariant culture.</summary>
[InterpolatedStringHandler]
public readonly struct HtmlInterpolation
{
    private readonly StringBuilder _markup;

    /// <summary>Called by the compiler.</summary>
    public HtmlInterpolation(int literalLength, int formattedCount) => _markup = new StringBuilder(literalLength + 16 * formattedCount);

    /// <summary>The markup between the holes, as it stands.</summary>
    public void AppendLiteral(string markup) => _markup.Append(markup);

    /// <summary>A hole that is markup.</summary>
    public void AppendFormatted(Html html) => _markup.Append(html);

    /// <summary>A hole that is a list of markup.</summary>
    public void AppendFormatted(IEnumerable<Html> pieces) => _markup.AppendJoin("", pieces);

    /// <summary>A hole that is text.</summary>
    public void AppendFormatted(string? text) => _markup.Append(WebUtility.HtmlEncode(text));

    /// <summary>A hole that is a value.</summary>
    public void AppendFormatted<T>(T value, string? format = null)
        where T : IFormattable => AppendFormatted(value.ToString(format, CultureInfo.InvariantCulture));

    /// <inheritdoc/>
    public override string ToString() => _markup.ToString();
}
