using System.CommandLine;
using System.Globalization;
using SegML.Images;
using SegML.Scoring;

namespace SegML.Cli.Commands;

/// <summary>The options of <c>segml predict</c> that say how an image is scored.</summary>
internal sealed class ScoringOptions
{
    private readonly Option<int?> _tileSize = new("--tile-size")
    {
        Description = "Score in tiles of so many pixels a side, at the image's own resolution.",
        HelpName = "PIXELS",
    };

    private readonly Option<int?> _tileOverlap = new("--tile-overlap")
    {
        Description = "Pixels that neighbouring tiles share; without it, what the network sees.",
        HelpName = "PIXELS",
    };

    private readonly Option<bool> _flip = new("--flip") { Description = "Average with the mirror image's scores: twice the time." };

    private readonly Option<string> _scales = new("--scales")
    {
        Description = "Average the scores at these sizes, such as 0.75,1,1.25.",
        DefaultValueFactory = _ => "1",
        HelpName = "FACTORS",
    };

    private readonly Option<int> _minArea = new("--min-area")
    {
        Description = "Areas of fewer pixels take the class around them.",
        HelpName = "PIXELS",
    };

    private readonly Option<long> _maxPixels = new("--max-pixels")
    {
        Description = "Greatest number of pixels of an image; larger ones are refused.",
        DefaultValueFactory = _ => new ImageReadOptions().MaxPixels,
        HelpName = "PIXELS",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_tileSize, _tileOverlap, _flip, _scales, _minArea, _maxPixels])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>What a command line says.</summary>
    /// <exception cref="ScoringOptionsException">A number is out of its range, or overlap is given without tiles.</exception>
    public SegmenterOptions Read(ParseResult parsed)
    {
        int? size = parsed.GetValue(_tileSize), overlap = parsed.GetValue(_tileOverlap);
        if (size is null && overlap is not null)
        {
            throw new ScoringOptionsException("--tile-overlap", "is given without tiles", "add --tile-size");
        }
        return new SegmenterOptions
        {
            Tiles = size is null ? null : new TileOptions { Size = Check("--tile-size", size.Value, 1, 1 << 16), Overlap = overlap is { } o ? Check("--tile-overlap", o, 0, 1 << 16) : null },
            Flip = parsed.GetValue(_flip),
            Scales = Scales(parsed.GetValue(_scales)!),
            MinComponentArea = Check("--min-area", parsed.GetValue(_minArea), 0, int.MaxValue),
            MaxPixels = parsed.GetValue(_maxPixels) is > 0 and var most ? most
                : throw new ScoringOptionsException("--max-pixels", "is not above 0", "give a whole number of pixels"),
        };
    }

    private static double[] Scales(string text)
    {
        double[] scales = [.. text.Split(',').Select(part =>
            double.TryParse(part, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double scale) ? scale : 0)];
        return scales.All(s => s is >= 0.25 and <= 4)
            ? scales
            : throw new ScoringOptionsException("--scales", $"\"{text}\" is not factors of 0.25 to 4", "write them as 0.75,1,1.25");
    }

    private static int Check(string option, int value, int least, int most) => value >= least && value <= most
        ? value
        : throw new ScoringOptionsException(option, $"{value} is not {least} to {most}", "give a whole number of pixels");
}
