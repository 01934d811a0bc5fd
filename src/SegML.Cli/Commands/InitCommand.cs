using System.CommandLine;
using SegML.Annotations;
using SegML.Cli.Check;
using SegML.Cli.Terminal;
using SegML.Datasets;
using SegML.Discovery;
using SegML.Files;
using SegML.Pipelines;
using SegML.Training.Planning;

namespace SegML.Cli.Commands;

/// <summary><c>segml init</c>: from the folder or zip file that an annotation tool exports to a pipeline file that is ready to train.</summary>
internal static class InitCommand
{
    public static Command Create()
    {
        var data = new Argument<string>("data") { Description = "A folder of images with annotations or masks, or an annotation tool's zip file, which is unpacked next to itself." };
        var output = new Option<string?>("--out") { Description = "The pipeline file to write. Default: the data set's name with .json, in the current folder.", HelpName = "FILE" };
        var minutes = new Option<double>("--minutes") { Description = "How long training may take on this machine.", DefaultValueFactory = _ => new PlanOptions().Minutes, HelpName = "MINUTES" };
        var command = new Command("init", "Recognise a data set and write its pipeline file: classes, splits, network and training, each choice with its reason.") { data, output, minutes };
        command.Validators.Add(result =>
        {
            if (result.GetResult(minutes) is { Implicit: false } && !(result.Readable(minutes) > 0 && double.IsFinite(result.Readable(minutes))))
            {
                result.AddError("--minutes is a number above 0");
            }
        });
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(parsed.GetValue(data)!, parsed.GetValue(output), parsed.GetValue(minutes), cancellation)));
        return command;
    }

    private static int Run(string data, string? output, double minutes, CancellationToken cancellation)
    {
        string folder = File.Exists(data) ? Unpacked(data, cancellation) : data;
        DiscoveredSet set = DatasetDiscovery.Find(folder);
        string file = output ?? set.Pipeline.Name + ".json", page = Path.ChangeExtension(file, ".html");
        SourceFiles.Keep(file);
        using IDisposable protection = SourceFiles.Protect(PipelineSources.All(set.Pipeline).Append(data), file, page);
        PipelinePlan plan = WorkProgress.Run("measure", progress => PipelinePlanner.Plan(set.Pipeline, new PlanOptions { Minutes = minutes },
            new Direct<(int Done, int Total)>(at => progress.Report(at.Done, at.Total)), cancellation));
        plan = plan with { Decisions = [.. set.Choices.GroupBy(c => c.Key).Select(c => new PlanDecision([c.Key], string.Join(". ", c.Select(r => r.Reason)))), .. plan.Decisions] };
        PlannedFile.Write(plan, file);
        PipelineCheckup checkup = PipelineCheckup.Run(PipelineFile.Read(file), null, cancellation);
        if (Turned(checkup) is var turned and > 0)
        {
            Amend(d => d with { AnnotatedView = AnnotatedView.Stored }, "data.annotatedView",
                $"stored: the EXIF tag turns {turned.Of("photo")}, which the annotation tool did not do");
        }
        if (Damaged(checkup) is var damaged and > 0)
        {
            Amend(d => d with { OnDamaged = UnusablePolicy.Skip }, "data.onDamaged", $"left out: {damaged.Of("image")} of which a file is damaged; segml check lists them");
        }
        CheckPage.Of(checkup, cancellation).Write(page);
        Print(set, plan, checkup);
        Console.WriteLine($"{file}: the pipeline, each choice with its reason");
        Console.WriteLine($"{page}: masks over images; look at them before you train");
        Console.WriteLine(checkup.IsSound ? $"next: segml train {NextSteps.Quoted(file)} --out {NextSteps.Quoted("runs/" + set.Pipeline.Name)}" : $"next: segml check {NextSteps.Quoted(file)} lists what training would refuse");
        return checkup.IsSound ? ExitCode.Done : ExitCode.No;

        // What only the files' contents show, once the first draft of the pipeline reads them.
        void Amend(Func<DataOptions, DataOptions> change, string key, string reason)
        {
            set = set with { Choices = [.. set.Choices, (key, reason)] };
            plan = plan with { Pipeline = plan.Pipeline with { Data = change(plan.Pipeline.Data) }, Decisions = [.. plan.Decisions, new PlanDecision([key], reason)] };
            PlannedFile.Write(plan, file);
            checkup = PipelineCheckup.Run(PipelineFile.Read(file), null, cancellation);
        }
    }

    private static int Turned(PipelineCheckup checkup) => checkup.Splits.SelectMany(s => s.Findings)
        .Count(f => f.Kind == FindingKind.SizeMismatch && f.Fix.Contains("data.annotatedView", StringComparison.Ordinal));

    private static int Damaged(PipelineCheckup checkup) => checkup.Splits.SelectMany(s => s.Findings)
        .Where(f => f.Kind is FindingKind.UnreadableImage or FindingKind.UnreadableMask).Select(f => f.ImagePath).Distinct().Count();

    private static string Unpacked(string zip, CancellationToken cancellation)
    {
        string folder = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(zip))!, Path.GetFileNameWithoutExtension(zip));
        WorkProgress.Run("unpack", progress =>
        {
            ZipFolder.Unpack(zip, folder, new Direct<(int Done, int Total)>(at => progress.Report(at.Done, at.Total)), cancellation);
            return 0;
        });
        return folder;
    }

    private static void Print(DiscoveredSet set, PipelinePlan plan, PipelineCheckup checkup)
    {
        foreach ((_, string reason) in set.Choices)
        {
            Console.WriteLine($"- {reason}");
        }
        foreach (SplitCheck split in checkup.Splits)
        {
            Console.WriteLine($"- {split.Name}: {split.Listing.Items.Count.Of("image")}, {split.Errors.Of("fault")}, {split.Warnings.Of("warning")}");
        }
        InputOptions input = plan.Pipeline.Input;
        Console.WriteLine(FormattableString.Invariant(
            $"- {plan.Pipeline.Network.Name} at {input.Width}x{input.Height}, batches of {plan.Pipeline.Training.BatchSize}, about {plan.Minutes:0} minutes on this machine"));
    }
}
