using System.CommandLine;
using System.Runtime.InteropServices;
using SegML.Cli.Commands;
using SegML.ImageSharp;
using SegML.Onnx;

namespace SegML.Cli;

/// <summary>The <c>segml</c> command: parses, runs one command, and turns what it throws into one line and an exit code.</summary>
internal static class CommandLine
{
    private static readonly Option<bool> Verbose = new("--verbose")
    {
        Description = "On an error, print the stack trace too.",
        Recursive = true,
    };

    public static int Run(string[] args)
    {
        ImageSharpFormats.Register();
        var root = new RootCommand("Semantic segmentation: annotations to masks, training, ONNX, scoring, figures.")
        {
            QuickstartCommand.Create(),
            MasksCommand.Create(),
            SchemaCommand.Create(),
            CheckCommand.Create(),
            OverlayCommand.Create(),
            AugmentCommand.Create(),
            TrainCommand.Create(),
            ReportCommand.Create(),
            CompareCommand.Create(),
            TuneCommand.Create(),
            TrialCommand.Create(),
            AverageCommand.Create(),
            ExportCommand.Create(),
            EvaluateCommand.Create(),
            FramesCommand.Create(),
            PredictCommand.Create(),
            InfoCommand.Create(),
            GraphCommand.Create(),
        };
        root.Options.Add(Verbose);

        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            return Fail($"{Plain(parsed.Errors[0].Message)}; see {HelpOf(parsed)}");
        }
        return Invoke(parsed);
    }

    private static int Invoke(ParseResult parsed)
    {
        using var stop = new CancellationTokenSource();
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
        try
        {
            return parsed.InvokeAsync(configuration, stop.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("segml: stopped");
            return ExitCode.Stopped;
        }
        catch (OnnxExportException e)
        {
            return Fail(e, parsed, ExitCode.No);
        }
        catch (Exception e) when (Told(e) is not null)
        {
            return Fail(Told(e)!, parsed, ExitCode.BadInput);
        }

        void OnSignal(PosixSignalContext context)
        {
            // The first signal asks; a second one takes the system's own way.
            context.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        }
    }

    /// <summary>What to tell the user: the innermost error of ours (ML.NET and tasks wrap what rows throw), or the system's own.</summary>
    private static Exception? Told(Exception e)
    {
        for (Exception? inner = e; inner is not null; inner = inner.InnerException)
        {
            if (inner is SegMLException or IOException or UnauthorizedAccessException)
            {
                return inner;
            }
        }
        return null;
    }

    private static int Fail(Exception e, ParseResult parsed, int code)
    {
        Fail(e.Message.ReplaceLineEndings(" "));
        if (parsed.GetValue(Verbose))
        {
            Console.Error.WriteLine(e);
        }
        return code;
    }

    private static int Fail(string line)
    {
        Console.Error.WriteLine($"segml: {line}");
        return ExitCode.BadInput;
    }

    // The parser adds .NET's name for a number, and its values to a choice, line by line. Help has both in words.
    private static string Plain(string message) =>
        message.Split(" as expected type ")[0].ReplaceLineEndings(" ").TrimEnd('.');

    private static string HelpOf(ParseResult parsed)
    {
        string command = parsed.CommandResult.Command is RootCommand ? "segml" : $"segml {parsed.CommandResult.Command.Name}";
        return $"{command} --help";
    }
}
