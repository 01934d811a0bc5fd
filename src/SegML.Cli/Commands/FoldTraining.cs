using System.Globalization;
using System.Text;
using SegML.Cli.Terminal;
using SegML.Evaluation;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Training;
using SegML.Training.Models;

namespace SegML.Cli.Commands;

/// <summary><c>segml train --folds</c>: a run for each fold, and a table of what each learnt.</summary>
internal static class FoldTraining
{
    /// <summary>Trains all folds, one after the other. With resuming, folds that are done stay, and the one that was stopped goes on.</summary>
    public static int Run(Pipeline pipeline, string folder, int count, TrainerOptions options, CancellationToken cancellation)
    {
        var folds = new List<SegmentationMetrics>();
        try
        {
            for (int fold = 1; fold <= count; fold++)
            {
                string run = ModelEnsemble.FoldFolder(folder, fold);
                FoldOptions held = (pipeline.Data.Folds ?? new FoldOptions { Count = count, Held = fold }) with { Count = count, Held = fold };
                Pipeline own = pipeline with { Data = pipeline.Data with { Folds = held } };
                TrainerOptions how = options with { Resume = options.Resume && TrainCommand.HoldsRun(run) };
                WorkProgress.Run($"fold {fold} of {count}", progress => Trainer.Train(own, run, how, TrainCommand.Reporter(progress), cancellation));
                folds.Add(ModelEvaluation.Evaluate(run, "val", device: options.Device, cancellation: cancellation));
                ReportCommand.Write(run, output: null, pipeline.Data.Root, options.Device, cancellation);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"fold {fold} of {count}: mean IoU {folds[^1].MeanIoU:0.0000} on images that it was not trained on; {run}"));
            }
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine($"segml: stopped; the folds so far are in {folder}, go on with --resume");
            return ExitCode.Stopped;
        }
        Console.WriteLine();
        Console.WriteLine(Table(folds));
        string model = NextSteps.Quoted(pipeline.Name + ".onnx");
        NextSteps.Print([$"segml export {NextSteps.Quoted(folder)} --out {model}", $"segml predict {model} photos/ --out results/"]);
        return ExitCode.Done;
    }

    /// <summary>IoU by class and fold, mean and standard deviation over the folds, and over all images together, each scored by the run that has not seen it.</summary>
    internal static string Table(IReadOnlyList<SegmentationMetrics> folds)
    {
        ClassSet classes = folds[0].ConfusionMatrix.Classes;
        var together = new SegmentationConfusionMatrix(classes);
        foreach (SegmentationMetrics fold in folds)
        {
            together.Add(fold.ConfusionMatrix);
        }
        var all = new SegmentationMetrics(together);
        int width = Math.Max("mean IoU".Length, classes.Names.Max(n => n.Length));
        var text = new StringBuilder("IoU".PadRight(width));
        for (int fold = 1; fold <= folds.Count; fold++)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {$"fold {fold}",7}");
        }
        text.AppendLine("     mean      std  all images");
        for (int c = 0; c < classes.Count; c++)
        {
            int id = c;
            Line(classes.Names[c], folds.Select(f => f.PerClassIoU[id]), all.PerClassIoU[c]);
        }
        Line("mean IoU", folds.Select(f => f.MeanIoU), all.MeanIoU);
        return text.ToString();

        void Line(string name, IEnumerable<double> figures, double pooled)
        {
            double[] values = [.. figures], known = [.. values.Where(v => !double.IsNaN(v))];
            double mean = known.Length == 0 ? double.NaN : known.Average();
            double deviation = known.Length < 2 ? double.NaN : Math.Sqrt(known.Sum(v => (v - mean) * (v - mean)) / (known.Length - 1));
            text.Append(name.PadRight(width));
            foreach (double value in values)
            {
                text.Append("  ").Append(Figure(value, 7));
            }
            text.Append("  ").Append(Figure(mean, 7)).Append("  ").Append(Figure(deviation, 7)).Append("  ").AppendLine(Figure(pooled, 10));
        }
    }

    private static string Figure(double value, int width) =>
        (double.IsNaN(value) ? "-" : value.ToString("0.0000", CultureInfo.InvariantCulture)).PadLeft(width);
}
