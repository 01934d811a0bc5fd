using System.CommandLine;
using SegML.Annotations.Export;
using SegML.Cli.Labelling;
using SegML.Cli.Prediction;
using SegML.Cli.Terminal;
using SegML.Files;
using SegML.Images;
using SegML.Labelling;
using SegML.Masks;
using SegML.Scoring;

namespace SegML.Cli.Commands;

/// <summary><c>segml data suggest</c>: which images to label next.</summary>
internal static class SuggestCommand
{
    public static Command Create()
    {
        var defaults = new SuggestionOptions();
        Argument<string> model = SharedOptions.Model();
        var inputs = new Argument<string[]>("input") { Description = "Images without masks, and folders of them. Subfolders are not searched.", Arity = ArgumentArity.OneOrMore };
        Option<string> output = SharedOptions.Out("The folder for suggestions.txt (a path a line), suggestions.json (with figures) and suggestions.html.");
        var count = new Option<int>("--count") { Description = "How many images to suggest.", DefaultValueFactory = _ => defaults.Count, HelpName = "IMAGES" };
        var by = new Option<InformationMeasure>("--by")
        {
            Description = "What the model does not know: entropy of its probabilities; margin between the first class and the second; disagreement between an image and its mirror image.",
            DefaultValueFactory = _ => defaults.Measure,
            HelpName = "entropy|margin|disagreement",
        };
        var diversity = new Option<double>("--diversity")
        {
            Description = "How far images fall behind that look like one before them: 0, not at all, to 1.",
            DefaultValueFactory = _ => defaults.Diversity,
            HelpName = "SHARE",
        };
        Option<string?> annotations = SharedOptions.Annotations("--annotations", "Also write the model's masks as annotations, to be corrected in a tool, in the folder annotations:");
        Option<bool> allowSkipped = SharedOptions.AllowSkipped("ranked");
        Option<ComputeDevice> device = SharedOptions.Device();
        var command = new Command("suggest", "Rank images without masks by what a model does not know of them: which to label next.") { model, inputs, output, count, by, diversity, annotations, allowSkipped, device };
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(
            parsed.GetValue(model)!,
            PredictInputs.List(parsed.GetValue(inputs)!, parsed.GetValue(output)!),
            parsed.GetValue(output)!,
            new SuggestionOptions
            {
                Count = parsed.GetValue(count) is > 0 and var most ? most : throw new ScoringOptionsException("--count", "is not above 0", "give a whole number of images"),
                Measure = parsed.GetValue(by),
                Diversity = parsed.GetValue(diversity) is >= 0 and <= 1 and var share ? share : throw new ScoringOptionsException("--diversity", "is not 0 to 1", "give a share"),
            },
            SharedOptions.AnnotationExport(parsed.GetValue(annotations)),
            new SegmenterOptions { Device = parsed.GetValue(device) },
            parsed.GetValue(allowSkipped),
            cancellation)));
        return command;
    }

    private static int Run(string model, PredictInputs inputs, string output, SuggestionOptions options, AnnotationExport? annotations, SegmenterOptions scoring, bool allowSkipped,
        CancellationToken cancellation)
    {
        if (inputs.Images.Count == 0)
        {
            throw new ScoringOptionsException("segml data suggest", "ranks images, and there are only videos", "take their frames first: segml data frames VIDEO --fps 1 --out images/");
        }
        using IDisposable protection = SourceFiles.Protect([model, .. inputs.Images], SuggestionFiles.Of(output));
        // Drafts of an earlier time may have been corrected since.
        string drafts = Path.Combine(output, "annotations");
        SourceFiles.Keep(annotations is null ? [] : inputs.Images.SelectMany(image => annotations.FilesOf(drafts, Path.GetFileName(image))));
        foreach (string note in inputs.Notes)
        {
            Console.Error.WriteLine(note);
        }
        using Segmenter segmenter = Segmenter.Load(model, scoring);
        if (annotations is not null && segmenter.Info.Classes.IsMultiLabel)
        {
            throw new ScoringOptionsException("--annotations", "is for models whose classes do not overlap", "leave it out");
        }
        int skipped = 0;
        IReadOnlyList<Suggestion> suggestions = WorkProgress.Run("suggest", progress => LabelSuggestions.Rank(segmenter, inputs.Images, options,
            skipped: e =>
            {
                skipped++;
                progress.Line($"segml: skipped: {e.Message}");
            },
            progress: done => progress.Report(done, inputs.Images.Count),
            cancellation));
        if (suggestions.Count == 0)
        {
            throw new ImageFormatException(inputs.Images[0], "and all others cannot be read", "name a folder of images");
        }
        SuggestionFiles.Write(output, suggestions, options, segmenter, cancellation);
        Console.WriteLine($"{suggestions.Count.Of("image")} of {inputs.Images.Count} to label next: {Path.Combine(output, SuggestionFiles.Page)}{(skipped == 0 ? "" : $"; {skipped} skipped")}");
        if (annotations is not null)
        {
            Console.WriteLine($"drafts to correct: {annotations.Write(drafts, Masks(segmenter, suggestions, cancellation))}");
            TellEarlier(annotations, drafts, suggestions);
        }
        return skipped == 0 || allowSkipped ? ExitCode.Done : ExitCode.BadInput;
    }

    // Earlier drafts may be corrected by now, so they stay; an import of the folder would take them too.
    private static void TellEarlier(AnnotationExport annotations, string drafts, IReadOnlyList<Suggestion> suggestions)
    {
        HashSet<string> own = [.. suggestions.SelectMany(s => annotations.FilesOf(drafts, Path.GetFileName(s.Path))).Select(Path.GetFullPath)];
        int earlier = Directory.EnumerateFiles(drafts, "*", SearchOption.AllDirectories).Count(file => !own.Contains(Path.GetFullPath(file)));
        if (earlier > 0)
        {
            Console.Error.WriteLine($"segml: {earlier.Of("file")} of an earlier time {(earlier == 1 ? "stays" : "stay")} in {drafts} beside the new ones; they are not of this list");
        }
    }

    private static IEnumerable<(string ImageName, SegmentationMask Mask)> Masks(Segmenter segmenter, IReadOnlyList<Suggestion> suggestions, CancellationToken cancellation)
    {
        foreach (Suggestion suggestion in suggestions)
        {
            using SegmentationMask mask = segmenter.Predict(suggestion.Path, cancellation);
            yield return (Path.GetFileName(suggestion.Path), mask);
        }
    }
}
