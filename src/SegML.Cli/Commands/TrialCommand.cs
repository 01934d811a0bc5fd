using System.CommandLine;
using SegML.Scoring;
using SegML.Training.Tuning;

namespace SegML.Cli.Commands;

/// <summary>
/// <c>segml runs trial</c>, which <c>segml runs tune</c> starts: one trial up to one epoch. It stops when its input ends, as it does when
/// the process that started it is gone. A fault of the trial's own is told in three lines and exit code 1.
/// </summary>
internal static class TrialCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("folder");
        var trial = new Argument<int>("trial");
        var epochs = new Argument<int>("epochs");
        var jobs = new Argument<int>("jobs");
        Option<ComputeDevice> device = SharedOptions.Device();
        var command = new Command("trial", "Train one trial of a search.") { folder, trial, epochs, jobs, device };
        command.Hidden = true;
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(new TrialOrder(parsed.GetValue(folder)!, parsed.GetValue(trial),
            parsed.GetValue(epochs), parsed.GetValue(jobs), parsed.GetValue(device)), cancellation)));
        return command;
    }

    private static int Run(TrialOrder order, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        // Reading blocks for good; a background thread does not keep the process.
        new Thread(() =>
        {
            while (Console.In.Read() >= 0)
            {
            }
            try
            {
                stop.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // The trial was quicker.
            }
        })
        { IsBackground = true }.Start();
        try
        {
            Tuner.Train(order, stop.Token);
            return ExitCode.Done;
        }
        catch (TrialException e)
        {
            Console.WriteLine(e.Subject.ReplaceLineEndings(" "));
            Console.WriteLine(e.Fault.ReplaceLineEndings(" "));
            Console.WriteLine(e.Fix.ReplaceLineEndings(" "));
            return ExitCode.No;
        }
    }
}
