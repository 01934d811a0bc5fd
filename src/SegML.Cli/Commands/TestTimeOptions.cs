using System.CommandLine;
using System.Globalization;
using SegML.Scoring;

namespace SegML.Cli.Commands;

/// <summary>Test-time augmentation, as <c>segml predict</c> and <c>segml evaluate</c> take it.</summary>
internal sealed class TestTimeOptions
{
    private readonly Option<bool> _flip = new("--flip") { Description = "Also score the mirror image and average. Doubles the time." };

    private readonly Option<bool> _verticalFlip = new("--vertical-flip") { Description = "Average with the scores of the image upside down: twice the time." };

    private readonly Option<bool> _rotate90 = new("--rotate90") { Description = "Average over turns by 90, 180 and 270 degrees: four times the time, eight with a flip." };

    private readonly Option<string> _scales = new("--scales")
    {
        Description = "Also score the image at these scales and average: 0.75,1,1.25.",
        DefaultValueFactory = _ => "1",
        HelpName = "FACTORS",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_flip);
        command.Options.Add(_verticalFlip);
        command.Options.Add(_rotate90);
        command.Options.Add(_scales);
    }

    /// <summary>What a command line says, all else as by default.</summary>
    /// <exception cref="ScoringOptionsException">A scale is out of its range.</exception>
    public SegmenterOptions Read(ParseResult parsed) => new()
    {
        Flip = parsed.GetValue(_flip),
        VerticalFlip = parsed.GetValue(_verticalFlip),
        Rotate90 = parsed.GetValue(_rotate90),
        Scales = Scales(parsed.GetValue(_scales)!),
    };

    /// <summary>Whether there is more than one plain view.</summary>
    public static bool Augments(SegmenterOptions options) => options.Views > 1 || options.Scales is not [1];

    /// <summary>The same options with one plain view.</summary>
    public static SegmenterOptions Plain(SegmenterOptions options) => options with { Flip = false, VerticalFlip = false, Rotate90 = false, Scales = [1] };

    /// <summary>The network's work, as a multiple of that of one plain view.</summary>
    public static string Cost(SegmenterOptions options) =>
        (options.Scales.Sum(s => s * s) * options.Views).ToString("0.#", CultureInfo.InvariantCulture);

    /// <summary>The views in words, such as "flip, turns by 90 degrees, scales 0.75, 1".</summary>
    public static string Describe(SegmenterOptions options)
    {
        List<string> views = [];
        if (options.Flip)
        {
            views.Add("flip");
        }
        if (options.VerticalFlip)
        {
            views.Add("vertical flip");
        }
        if (options.Rotate90)
        {
            views.Add("turns by 90 degrees");
        }
        views.Add($"scales {string.Join(", ", options.Scales.Select(s => s.ToString(CultureInfo.InvariantCulture)))}");
        return string.Join(", ", views);
    }

    private static double[] Scales(string text)
    {
        double[] scales = [.. text.Split(',').Select(part =>
            double.TryParse(part, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double scale) ? scale : 0)];
        return scales.All(s => s is >= 0.25 and <= 4)
            ? scales
            : throw new ScoringOptionsException("--scales", $"\"{text}\" is not factors of 0.25 to 4", "write them as 0.75,1,1.25");
    }
}
