using System.CommandLine;
using SegML.Cli.Terminal;
using SegML.Datasets;
using SegML.Files;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Training.Planning;

namespace SegML.Cli.Commands;

/// <summary><c>segml train --plan</c>: proposes how to train on a data set, and why, and trains nothing.</summary>
internal sealed class TrainPlan
{
    private readonly Option<bool> _plan = new("--plan")
    {
        Description = "Measure the training images, show the input size, network, batch, iterations, loss and augmentation that suit them, each with its reason, and stop.",
    };

    private readonly Option<string?> _file = new("--plan-out")
    {
        Description = "With --plan: write the planned pipeline to FILE, the reasons as comments.",
        HelpName = "FILE",
    };

    private readonly Option<double> _minutes = new("--minutes")
    {
        Description = "With --plan: how long training may take on this machine.",
        DefaultValueFactory = _ => new PlanOptions().Minutes,
        HelpName = "MINUTES",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_plan);
        command.Options.Add(_file);
        command.Options.Add(_minutes);
        command.Validators.Add(result =>
        {
            bool minutesGiven = result.GetResult(_minutes) is { Implicit: false };
            if (!result.Readable(_plan) && (result.Readable(_file) is not null || minutesGiven))
            {
                result.AddError("--plan-out and --minutes go with --plan");
            }
            if (minutesGiven && !(result.Readable(_minutes) > 0 && double.IsFinite(result.Readable(_minutes))))
            {
                result.AddError("--minutes is a number above 0");
            }
        });
    }

    /// <summary>Whether a plan is asked for.</summary>
    public bool IsWanted(ParseResult parsed) => parsed.GetValue(_plan);

    /// <summary>Plans, prints, writes.</summary>
    public int Run(ParseResult parsed, Pipeline pipeline, ComputeDevice device, CancellationToken cancellation)
    {
        string? file = parsed.GetValue(_file);
        using IDisposable protection = SourceFiles.Protect(PipelineSources.All(pipeline), file is null ? [] : [file]);
        var options = new PlanOptions { Minutes = parsed.GetValue(_minutes), Device = device };
        PipelinePlan plan = WorkProgress.Run("measure", progress => PipelinePlanner.Plan(
            pipeline, options, new Direct<(int Done, int Total)>(at => progress.Report(at.Done, at.Total)), cancellation));
        Console.Write(PlanTable.ToText(plan, Console.IsOutputRedirected ? 140 : Console.WindowWidth - 1));
        if (file is not null)
        {
            PlannedFile.Write(plan, file);
            Console.WriteLine($"next: segml train {NextSteps.Quoted(file)}");
        }
        return ExitCode.Done;
    }
}
