using SegML.Masks;

namespace SegML.Pipelines;

/// <summary>
/// The validation figure that decides which epoch is best: what training.monitor names. It chooses the best checkpoint, ends a run early, and ranks
/// the trials of a search.
/// </summary>
public sealed record MonitoredFigure
{
    // As annotation tools and data sets write it.
    private static readonly HashSet<string> BackgroundNames = new(["background", "bg", "_background_", "__background__"], StringComparer.OrdinalIgnoreCase);

    private MonitoredFigure(string name, FigureKind kind, IReadOnlyList<int> classes) => (Name, Kind, Classes) = (name, kind, classes);

    private enum FigureKind
    {
        IoU,
        Dice,
        Loss,
    }

    /// <summary>What it is called in figures and logs: "mean IoU", "foreground mean IoU", "IoU pole", "loss".</summary>
    public string Name { get; }

    /// <summary>The ids of the classes that it is the mean over; those of a loss are none.</summary>
    public IReadOnlyList<int> Classes { get; }

    /// <summary>Whether less of it is better, as of a loss.</summary>
    public bool LessIsBetter => Kind == FigureKind.Loss;

    /// <summary>Whether it is the mean IoU over all classes, which validations print anyway.</summary>
    public bool IsMeanIoU => Name == "mean IoU";

    private FigureKind Kind { get; }

    /// <summary>Reads what training.monitor says.</summary>
    /// <param name="monitor">
    /// "meanIoU" or "meanDice", "foregroundIoU" or "foregroundDice", "IoU NAME" or "Dice NAME" for a class, or "loss"; case does not matter. Null: the mean
    /// IoU over the classes other than the background, where one is called background, bg or the like; else over all.
    /// </param>
    /// <param name="classes">The classes.</param>
    /// <param name="source">The pipeline file's path, for errors.</param>
    /// <exception cref="PipelineFormatException">It names no figure or no class.</exception>
    public static MonitoredFigure Parse(string? monitor, ClassSet classes, string source)
    {
        ArgumentNullException.ThrowIfNull(classes);
        int[] all = [.. Enumerable.Range(0, classes.Count)], foreground = [.. all.Where(id => !BackgroundNames.Contains(classes.Names[id]))];
        bool apart = foreground.Length > 0 && foreground.Length < all.Length;
        string[] words = (monitor ?? (apart ? "foregroundIoU" : "meanIoU")).Split(' ', 2, StringSplitOptions.TrimEntries);
        switch (words[0].ToLowerInvariant())
        {
            case "meaniou" when words.Length == 1:
                return new MonitoredFigure("mean IoU", FigureKind.IoU, all);
            case "meandice" when words.Length == 1:
                return new MonitoredFigure("mean Dice", FigureKind.Dice, all);
            case "foregroundiou" or "foregrounddice" when words.Length == 1 && foreground is [var only] && apart:
                return Parse($"{(words[0].EndsWith("iou", StringComparison.OrdinalIgnoreCase) ? "IoU" : "Dice")} {classes.Names[only]}", classes, source);
            case "foregroundiou" when words.Length == 1 && apart:
                return new MonitoredFigure("foreground mean IoU", FigureKind.IoU, foreground);
            case "foregrounddice" when words.Length == 1 && apart:
                return new MonitoredFigure("foreground mean Dice", FigureKind.Dice, foreground);
            case "loss" when words.Length == 1:
                return new MonitoredFigure("loss", FigureKind.Loss, []);
            case "iou" or "dice" when words.Length == 2 && classes.Names.Index().FirstOrDefault(n => string.Equals(n.Item, words[1], StringComparison.OrdinalIgnoreCase)) is { Item: { } name } named:
                bool dice = words[0].Equals("dice", StringComparison.OrdinalIgnoreCase);
                return new MonitoredFigure($"{(dice ? "Dice" : "IoU")} {name}", dice ? FigureKind.Dice : FigureKind.IoU, [named.Index]);
            default:
                throw new PipelineFormatException(source, $"has the training.monitor \"{monitor}\"",
                    $"choose meanIoU, meanDice, {(apart ? "foregroundIoU, foregroundDice, " : "")}loss, or IoU or Dice and a class: \"IoU {classes.Names[^1]}\"");
        }
    }

    /// <summary>The figure of a validation.</summary>
    /// <param name="perClassIoU">IoU by class id, 0-1, NaN for a class that does not occur.</param>
    /// <param name="loss">The mean loss; NaN where it is not known.</param>
    /// <returns>0-1, or a loss; NaN where none of its classes occurs.</returns>
    public double Of(IReadOnlyList<double> perClassIoU, double loss)
    {
        ArgumentNullException.ThrowIfNull(perClassIoU);
        if (Kind == FigureKind.Loss)
        {
            return loss;
        }
        // Dice is 2 TP / (2 TP + FP + FN), IoU is TP / (TP + FP + FN).
        double[] known = [.. Classes.Where(c => c < perClassIoU.Count && !double.IsNaN(perClassIoU[c]))
            .Select(c => Kind == FigureKind.Dice ? 2 * perClassIoU[c] / (1 + perClassIoU[c]) : perClassIoU[c])];
        return known.Length == 0 ? double.NaN : known.Average();
    }

    /// <summary>The figure as a number of which more is better.</summary>
    /// <param name="figure">Of <see cref="Of"/>.</param>
    public double Rank(double figure) => LessIsBetter ? -figure : figure;
}
