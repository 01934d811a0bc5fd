using System.CommandLine;
using SegML.Images;
using SegML.Scoring;

namespace SegML.Cli.Commands;

/// <summary>The options of <c>segml predict</c>, <c>segml evaluate</c> and <c>segml serve</c> that say how an image is scored.</summary>
internal sealed class ScoringOptions(long? maxPixels = null)
{
    private readonly Option<int?> _tileSize = new("--tile-size")
    {
        Description = "Score in square tiles of this many pixels a side, at the image's own resolution.",
        HelpName = "PIXELS",
    };

    private readonly Option<int?> _tileOverlap = new("--tile-overlap")
    {
        Description = "Overlap of neighbouring tiles in pixels. Default: the network's receptive field.",
        HelpName = "PIXELS",
    };

    private readonly TestTimeOptions _testTime = new();

    private readonly Option<int> _minArea = new("--min-area")
    {
        Description = "Connected components of fewer pixels than this take the surrounding class.",
        HelpName = "PIXELS",
    };

    private readonly Option<long> _maxPixels = new("--max-pixels")
    {
        Description = "Greatest number of pixels of an image; larger ones are refused.",
        DefaultValueFactory = _ => maxPixels ?? new ImageReadOptions().MaxPixels,
        HelpName = "PIXELS",
    };

    private readonly Option<bool> _allowNan = new("--allow-nan") { Description = "Score logits that are NaN or infinite: NaN never wins. Otherwise they are an error." };

    private readonly Option<bool> _allowTruncated = new("--allow-truncated") { Description = "Score JPEGs of which a part is missing. Otherwise they are an error." };

    private readonly Option<double?> _timeLimit = new("--time-limit")
    {
        Description = "The longest that an image may take; then it is an error. For models of unknown origin.",
        HelpName = "SECONDS",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_tileSize);
        command.Options.Add(_tileOverlap);
        _testTime.AddTo(command);
        command.Options.Add(_minArea);
        command.Options.Add(_maxPixels);
        command.Options.Add(_allowNan);
        command.Options.Add(_allowTruncated);
        command.Options.Add(_timeLimit);
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
        return _testTime.Read(parsed) with
        {
            Tiles = size is null ? null : new TileOptions { Size = Check("--tile-size", size.Value, 1, 1 << 16), Overlap = overlap is { } o ? Check("--tile-overlap", o, 0, 1 << 16) : null },
            TimeLimit = parsed.GetValue(_timeLimit) is not { } seconds ? null : seconds is > 0 and <= 86400 ? TimeSpan.FromSeconds(seconds)
                : throw new ScoringOptionsException("--time-limit", "is not above 0 and at most a day", "give seconds"),
            LeastDecoded = parsed.GetValue(_allowTruncated) ? 0 : new SegmenterOptions().LeastDecoded,
            AllowNonFinite = parsed.GetValue(_allowNan),
            MinComponentArea = Check("--min-area", parsed.GetValue(_minArea), 0, int.MaxValue),
            MaxPixels = parsed.GetValue(_maxPixels) is > 0 and var most ? most
                : throw new ScoringOptionsException("--max-pixels", "is not above 0", "give a whole number of pixels"),
        };
    }

    private static int Check(string option, int value, int least, int most) => value >= least && value <= most
        ? value
        : throw new ScoringOptionsException(option, $"{value} is not {least} to {most}", "give a whole number of pixels");
}
