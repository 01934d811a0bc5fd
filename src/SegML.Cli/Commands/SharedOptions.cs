using System.CommandLine;
using System.CommandLine.Parsing;
using SegML.Scoring;
using Export = SegML.Annotations.Export;

namespace SegML.Cli.Commands;

/// <summary>Arguments and options that several commands take, so that they read the same everywhere.</summary>
internal static class SharedOptions
{
    public static Argument<string> Pipeline() => new("pipeline") { Description = "The pipeline file (JSON)." };

    public static Argument<string> Model() => new("model") { Description = "A model exported by segml export (ONNX)." };

    public static Option<string?> Data() => new("--data")
    {
        Description = "The data set's root folder. Replaces data.root of the pipeline file.",
        HelpName = "DIR",
    };

    public static Option<string> Out(string description) => new("--out") { Description = description, Required = true, HelpName = "PATH" };

    public static Option<bool> AllowSkipped(string done) =>
        new("--allow-skipped") { Description = $"Exit with 0 although inputs were skipped, as long as one was {done}. Otherwise 2." };

    public static Option<string?> Annotations(string name, string description)
    {
        string forms = string.Join("|", Export.AnnotationExport.All.Select(e => e.Name));
        var option = new Option<string?>(name) { Description = $"{description} {string.Join(", ", Export.AnnotationExport.All.Select(e => e.Name))}.", HelpName = "FORM" };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && Export.AnnotationExport.Of(token.Value) is null)
            {
                result.AddError($"{name} is one of {forms}, not {token.Value}");
            }
        });
        return option;
    }

    /// <summary>The form of an option; null: it is not given.</summary>
    public static Export.AnnotationExport? AnnotationExport(string? name) => name is null ? null : Export.AnnotationExport.Of(name);

    public static Option<ComputeDevice> Device() => new("--device")
    {
        Description = "auto: CUDA where there is one, else the CPU; cpu; cuda.",
        DefaultValueFactory = _ => ComputeDevice.Auto,
        HelpName = "auto|cpu|cuda",
        CustomParser = result => Enum.TryParse(result.Tokens[0].Value, ignoreCase: true, out ComputeDevice device) && Enum.IsDefined(device) ? device : Refused(result),
    };

    private static ComputeDevice Refused(ArgumentResult result)
    {
        result.AddError($"--device is auto, cpu or cuda, not {result.Tokens[0].Value}");
        return ComputeDevice.Auto;
    }

    public static Option<string?> WebRuntime() => new("--runtime")
    {
        Description = $"onnxruntime-web-{Serving.WebRuntime.Version}.tgz, or a folder with its files. Default: npm fetches it, once.",
        HelpName = "PATH",
    };

    public static Option<string[]> Settings() => new("--set")
    {
        Description = "Change a value of the pipeline file: --set training.epochs=20. May be given several times.",
        HelpName = "KEY=VALUE",
        AllowMultipleArgumentsPerToken = true,
    };

    public static Option<bool> Json(string description) => new("--json") { Description = description };

    public static Option<string> Split() => new("--split")
    {
        Description = "The split of the pipeline file.",
        DefaultValueFactory = _ => "val",
        HelpName = "NAME",
    };

    /// <summary>
    /// An option's value for a command's validator; none where it cannot be read, which the parser reports by itself once the validators
    /// have run, and which would throw here.
    /// </summary>
    public static T? Readable<T>(this SymbolResult result, Option<T> option)
    {
        try
        {
            return result.GetValue(option);
        }
        catch (InvalidOperationException)
        {
            return default;
        }
    }
}
