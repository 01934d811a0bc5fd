using System.Globalization;
using SegML.Files;
using SegML.Masks;

namespace SegML.Training.Runs;

/// <summary>
/// The run's log, a row an epoch, kept in memory and written whole. What it keeps is what the file says, rounding included, so that
/// whatever is made of the log is the same before and after a resumption.
/// </summary>
internal sealed class TrainingLog(string path, ClassSet classes)
{
    // Logs of the first version end with pixelAccuracy, those of the second have no validation loss.
    private const int FirstColumns = 7, SecondColumns = 10, Columns = 11;
    private const string Header = "epoch,iteration,learningRate,loss,seconds,meanIoU,pixelAccuracy,ended,validationSeconds,peakMemoryMB,valLoss";
    private readonly List<EpochRecord> _rows = [];

    public IReadOnlyList<EpochRecord> Rows => _rows;

    /// <summary>Adds an epoch and writes the file.</summary>
    /// <returns>The row as the file says it.</returns>
    public EpochRecord Add(EpochRecord row)
    {
        EpochRecord written = Parse(Line(row), classes.Count)!;
        _rows.Add(written);
        string header = Header + string.Concat(classes.Names.Select(name => "," + Quoted($"IoU {name}")));
        AtomicFile.WriteText(path, header + "\n" + string.Concat(_rows.Select(r => Line(r) + "\n")));
        return written;
    }

    /// <summary>Reads the rows up to an epoch back, when a run goes on from its checkpoint.</summary>
    public void Restore(int epochs)
    {
        _rows.Clear();
        _rows.AddRange(Read(path, classes).Where(row => row.Epoch <= epochs));
    }

    /// <summary>The rows of a log; none where there is no file.</summary>
    public static IReadOnlyList<EpochRecord> Read(string path, ClassSet classes) =>
        File.Exists(path) ? [.. File.ReadLines(path).Select(line => Parse(line, classes.Count)).OfType<EpochRecord>()] : [];

    /// <summary>A row; null for the header and for what is no row.</summary>
    private static EpochRecord? Parse(string line, int classes)
    {
        string[] cells = line.Split(',');
        if ((cells.Length != FirstColumns && cells.Length != SecondColumns + classes && cells.Length != Columns + classes) || !int.TryParse(cells[0], CultureInfo.InvariantCulture, out int epoch))
        {
            return null;
        }
        var row = new EpochRecord
        {
            Epoch = epoch,
            Iteration = (int)Number(1),
            LearningRate = Number(2),
            Loss = Number(3),
            Seconds = Number(4),
            MeanIoU = Number(5),
            PixelAccuracy = Number(6),
        };
        if (cells.Length == FirstColumns)
        {
            return row;
        }
        int first = cells.Length - classes;
        return row with
        {
            ValidationLoss = first == Columns ? Number(10) : double.NaN,
            Ended = DateTime.TryParse(cells[7], CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out DateTime ended) ? ended : null,
            ValidationSeconds = Number(8),
            PeakMemory = Number(9),
            PerClassIoU = double.IsNaN(row.MeanIoU) ? [] : [.. Enumerable.Range(first, classes).Select(Number)],
        };

        double Number(int column) => double.TryParse(cells[column], CultureInfo.InvariantCulture, out double value) ? value : double.NaN;
    }

    private string Line(EpochRecord row) => string.Create(CultureInfo.InvariantCulture,
        $"{row.Epoch},{row.Iteration},{row.LearningRate:g6},{row.Loss:0.00000},{row.Seconds:0.0},{Figure(row.MeanIoU)},{Figure(row.PixelAccuracy)},"
        + $"{row.Ended:yyyy-MM-ddTHH:mm:ssZ},{row.ValidationSeconds:0.0},{row.PeakMemory:0},{Figure(row.ValidationLoss)}")
        + string.Concat(Enumerable.Range(0, classes.Count).Select(c => "," + (c < row.PerClassIoU.Count ? Figure(row.PerClassIoU[c]) : "")));

    private static string Figure(double value) => double.IsNaN(value) ? "" : value.ToString("0.00000", CultureInfo.InvariantCulture);

    /// <summary>A cell of text (RFC 4180).</summary>
    private static string Quoted(string text) => text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"").ReplaceLineEndings(" ")}\"";
}
