using System.CommandLine;
using System.CommandLine.Parsing;
using SegML.Cli.Adoption;
using SegML.Files;
using SegML.Scoring.Adoption;
using SegML.Scoring.Adoption.Presets;
using SegML.Training.Models;

namespace SegML.Cli.Commands;

/// <summary><c>segml model adopt</c>: makes a segmentation model of another tool one that all of segml works on.</summary>
internal static class AdoptCommand
{
    public static Command Create()
    {
        Argument<string> model = new("model") { Description = "A segmentation model (ONNX) that another tool exported." };
        var preset = new Option<string?>("--preset") { Description = $"Where it comes from: {string.Join(", ", ModelPreset.All.Select(p => p.Name))}.", HelpName = "NAME" };
        preset.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && ModelPreset.Of(token.Value) is null)
            {
                result.AddError($"--preset is one of {string.Join(", ", ModelPreset.All.Select(p => p.Name))}, not {token.Value}");
            }
        });
        var from = new Option<string?>("--from") { Description = "The folder with the files that its exporter wrote: config.json, deploy.yaml. Default: the model's.", HelpName = "DIR" };
        var description = new Option<string?>("--description") { Description = "A description (JSON), such as --describe writes.", HelpName = "FILE" };
        var describe = new Option<string?>("--describe") { Description = "Write the description, with what the graph shows filled in, to be corrected.", HelpName = "FILE" };
        var output = new Option<string?>("--out") { Description = "The adopted model to write (ONNX).", HelpName = "PATH" };
        var images = new Option<string[]>("--images") { Description = "Images, or a folder of them, to try it on.", AllowMultipleArgumentsPerToken = true, HelpName = "IMAGE" };
        var overlays = new Option<string?>("--overlays") { Description = "The folder for the overlays of --images. Default: beside the adopted model.", HelpName = "DIR" };
        var parts = new DescriptionOptions();
        var command = new Command("adopt", "Adopt a segmentation model of another tool: describe it once, and all of segml works on it.")
        {
            model, preset, from, description, describe, output, images, overlays,
        };
        parts.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetResult(output) is null && result.GetResult(describe) is null)
            {
                result.AddError("Option '--out' is required, or --describe");
            }
            if (result.GetResult(preset) is not null && result.GetResult(description) is not null)
            {
                result.AddError("--preset and --description exclude each other");
            }
        });
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(model)!;
            ModelDescription said = parsed.GetValue(description) is { } file ? ModelDescription.Read(file)
                : parsed.GetValue(preset) is { } name ? ModelPreset.Of(name)!.Describe(path, parsed.GetValue(from))
                : new ModelDescription();
            bool isOpen = parsed.GetValue(description) is null && parsed.GetValue(preset) is null && !parts.SayHowToNormalize(parsed);
            return Run(path, parts.Apply(parsed, said), isOpen, parsed.GetValue(describe), parsed.GetValue(output), parsed.GetValue(images) ?? [], parsed.GetValue(overlays));
        });
        return command;
    }

    private static int Run(string path, ModelDescription said, bool isOpen, string? describe, string? output, string[] images, string? overlays)
    {
        using IDisposable protection = SourceFiles.Protect([path, .. images], [.. new[] { describe, output }.OfType<string>()]);
        SourceFiles.Keep(describe is null ? [] : [describe]);
        AdoptedModel adopted = ModelAdoption.Adopt(path, said);
        ModelDescription description = adopted.Description;
        Console.WriteLine($"model     {description.Name}");
        Console.WriteLine($"input     {DescriptionText.Of(description.Input)}");
        Console.WriteLine($"output    {DescriptionText.Of(description.Output)}");
        Console.WriteLine($"classes   {DescriptionText.Names(description.Classes!)}");
        foreach (string note in adopted.Notes)
        {
            Console.WriteLine($"graph     {note}");
        }
        foreach (string warning in adopted.Warnings)
        {
            Console.Error.WriteLine($"segml: {path}: {warning}");
        }
        if (describe is not null)
        {
            AtomicFile.WriteText(describe, description.ToJson());
            if (isOpen && !adopted.NormalizesItself)
            {
                Console.Error.WriteLine($"segml: {describe}: no graph says how its input is normalised; range, mean and std are to be corrected there");
            }
            Console.WriteLine($"description in {describe}");
        }
        if (output is null)
        {
            return ExitCode.Done;
        }
        // How floats come from bytes no graph says, unless it does the rest itself.
        if (isOpen && !adopted.NormalizesItself)
        {
            throw new ModelFormatException(path, "does not say how its input is normalised",
                "name its origin (--preset NAME), or the figures (--mean 0.485,0.456,0.406 --std 0.229,0.224,0.225; --range 1 for plain 0..1, --range 255 for bytes)");
        }
        AdoptedModelFile.Write(adopted, output);
        Console.WriteLine($"{output}: adopted; segml predict, evaluate and export take it");
        if (images.Length > 0)
        {
            AdoptionTrial.Run(output, images, overlays ?? Path.ChangeExtension(output, null) + "-overlays");
        }
        return ExitCode.Done;
    }
}
