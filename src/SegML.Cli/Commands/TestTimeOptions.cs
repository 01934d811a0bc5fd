using System.CommandLine;
using System.Globalization;
using SegML.Scoring;

namespace SegML.Cli.Commands;

/// <summary>Test-time augmentation, as <c>segml predict</c> and <c>segml evaluate</c> take it.</summary>
internal sealed class TestTimeOptions
{
    private readonly Option<bool> _flip = new("--flip") { Description = "Average with the mirror image's scores: twice the time." };

    private readonly Option<string> _scales = new("--scales")
    {
        Description = "Average the scores at these sizes, such as 0.75,1,1.25.",
        DefaultValueFactory = _ => "1",
        HelpName = "FACTORS",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_flip);
        command.Options.Add(_scales);
    }

    /// <summary>What a command line says, all else as by default.</summary>
    /// <exception cref="ScoringOptionsException">A scale is out of its range.</exception>
    public SegmenterOptions Read(ParseResult parsed) => new() { Flip = parsed.GetValue(_flip), Scales = Scales(parsed.GetValue(_scales)!) };

    private static double[] Scales(string text)
    {
        double[] scales = [.. text.Split(',').Select(part =>
            double.TryParse(part, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double scale) ? scale : 0)];
        return scales.All(s => s is >= 0.25 and <= 4)
            ? scales
            : throw new ScoringOptionsException("--scales", $"\"{text}\" is not factors of 0.25 to 4", "write them as 0.75,1,1.25");
    }
}
