using System.Globalization;
using SegML.Files;

namespace SegML.Training;

/// <summary>The run's log, a row an epoch, kept in memory and written whole.</summary>
internal sealed class TrainingLog(string path)
{
    private const string Header = "epoch,iteration,learningRate,loss,seconds,meanIoU,pixelAccuracy";
    private readonly List<Row> _rows = [];

    /// <summary>An epoch's figures. NaN where there was no validation; seconds of training and validation.</summary>
    internal readonly record struct Row(int Epoch, int Iteration, double LearningRate, double Loss, double Seconds, double MeanIoU, double PixelAccuracy);

    public IReadOnlyList<Row> Rows => _rows;

    /// <summary>Adds an epoch and writes the file.</summary>
    public void Add(Row row)
    {
        _rows.Add(row);
        AtomicFile.WriteText(path, Header + "\n" + string.Concat(_rows.Select(Line)));
    }

    /// <summary>Reads the rows up to an epoch back, when a run goes on from its checkpoint.</summary>
    public void Restore(int epochs)
    {
        _rows.Clear();
        foreach (string line in File.Exists(path) ? File.ReadLines(path).Skip(1) : [])
        {
            double[] values = [.. line.Split(',').Select(v => double.TryParse(v, CultureInfo.InvariantCulture, out double d) ? d : double.NaN)];
            if (values.Length == 7 && values[0] <= epochs)
            {
                _rows.Add(new Row((int)values[0], (int)values[1], values[2], values[3], values[4], values[5], values[6]));
            }
        }
    }

    private static string Line(Row row) => string.Create(CultureInfo.InvariantCulture,
        $"{row.Epoch},{row.Iteration},{row.LearningRate:g6},{row.Loss:0.00000},{row.Seconds:0.0},{Figure(row.MeanIoU)},{Figure(row.PixelAccuracy)}\n");

    private static string Figure(double value) => double.IsNaN(value) ? "" : value.ToString("0.00000", CultureInfo.InvariantCulture);
}
