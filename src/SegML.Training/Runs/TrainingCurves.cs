using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;
using OxyPlot.SkiaSharp;
using SegML.Files;

namespace SegML.Training.Runs;

/// <summary>Draws a run's loss and mean IoU over its epochs.</summary>
internal static class TrainingCurves
{
    public static void Write(string path, string title, IReadOnlyList<EpochRecord> rows)
    {
        var loss = new LineSeries { Title = "training loss", YAxisKey = "loss", Color = OxyColor.FromRgb(0xd9, 0x5f, 0x02), StrokeThickness = 1.5 };
        var validation = new LineSeries { Title = "validation loss", YAxisKey = "loss", Color = OxyColor.FromRgb(0xd9, 0x5f, 0x02), StrokeThickness = 1.5, LineStyle = LineStyle.Dash };
        var iou = new LineSeries
        {
            Title = "validation mean IoU",
            YAxisKey = "iou",
            Color = OxyColor.FromRgb(0x1b, 0x60, 0xa5),
            StrokeThickness = 2,
            MarkerType = MarkerType.Circle,
            MarkerSize = 3,
        };
        foreach (EpochRecord row in rows)
        {
            loss.Points.Add(new DataPoint(row.Epoch, row.Loss));
            if (!double.IsNaN(row.ValidationLoss))
            {
                validation.Points.Add(new DataPoint(row.Epoch, row.ValidationLoss));
            }
            if (!double.IsNaN(row.MeanIoU))
            {
                iou.Points.Add(new DataPoint(row.Epoch, row.MeanIoU));
            }
        }
        var model = new PlotModel { Title = title, Background = OxyColors.White, Series = { loss, validation, iou } };
        model.Axes.Add(new LinearAxis { Position = AxisPosition.Bottom, Title = "epoch", MinimumPadding = 0.02, MaximumPadding = 0.02 });
        model.Axes.Add(new LinearAxis { Position = AxisPosition.Left, Title = "loss", Key = "loss", Minimum = 0, MaximumPadding = 0.05 });
        model.Axes.Add(new LinearAxis
        {
            Position = AxisPosition.Right,
            Title = "mean IoU",
            Key = "iou",
            Minimum = 0,
            Maximum = 1,
            MajorGridlineStyle = LineStyle.Solid,
            MajorGridlineColor = OxyColor.FromRgb(0xdd, 0xdd, 0xdd),
        });
        model.Legends.Add(new Legend { LegendPosition = LegendPosition.BottomCenter, LegendPlacement = LegendPlacement.Outside, LegendOrientation = LegendOrientation.Horizontal });
        // Shaped text would need HarfBuzz's native library, for letters that need no shaping.
        var exporter = new PngExporter { Width = 900, Height = 500, UseTextShaping = false };
        AtomicFile.Write(path, stream => exporter.Export(model, stream));
    }
}
