using System.CommandLine;
using System.Globalization;
using SegML.Cli.Terminal;
using SegML.Scoring;
using SegML.Training;
using SegML.Training.Models;

namespace SegML.Cli.Commands;

/// <summary><c>segml runs average</c>: the mean of a run's last epochs' weights, as a run of its own.</summary>
internal static class AverageCommand
{
    public static Command Create()
    {
        var run = new Argument<string>("run") { Description = "A folder written by segml train with training.keepCheckpoints." };
        var last = new Option<int>("--last") { Description = "The number of last epochs to average.", Required = true, HelpName = "COUNT" };
        Option<string> output = SharedOptions.Out("The averaged run's folder, to evaluate and export; new or empty.");
        Option<string?> data = SharedOptions.Data();
        Option<ComputeDevice> device = SharedOptions.Device();
        var command = new Command("average", "Average the weights of a run's last epochs and compare the result on val.")
        {
            run, last, output, data, device,
        };
        command.Validators.Add(result =>
        {
            if (result.Readable(last) < 1)
            {
                result.AddError("--last is not at least 1");
            }
        });
        command.SetAction((parsed, cancellation) =>
        {
            CheckpointAverage average = WorkProgress.Run("average", _ => CheckpointAveraging.Average(parsed.GetValue(run)!, parsed.GetValue(last),
                parsed.GetValue(output)!, parsed.GetValue(data), parsed.GetValue(device), cancellation));
            Print(average);
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    private static void Print(CheckpointAverage average)
    {
        Console.WriteLine($"averaged epochs {average.Epochs[0]} to {average.Epochs[^1]} ({average.Epochs.Count}); batch norm statistics from the training split");
        if (average.Plain is { } plain && average.Averaged is { } averaged)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"val {average.Monitor} {average.AveragedFigure:0.0000} averaged, {average.PlainFigure:0.0000} the run's best checkpoint as it is")
                + (average.Monitor == "mean IoU" ? "" : string.Create(CultureInfo.InvariantCulture, $"; mean IoU {averaged.MeanIoU:0.0000} and {plain.MeanIoU:0.0000}")));
        }
        Console.WriteLine($"next: segml export {NextSteps.Quoted(average.RunFolder)} --out MODEL.onnx");
    }
}
