using System.CommandLine;
using System.CommandLine.Parsing;
using System.Runtime.InteropServices;
using SegML.Cli.Commands;
using SegML.Cli.Terminal;
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
        StandardStreams.Guard();
        ImageSharpFormats.Register();
        Warnings.Listen();
        // An argument that begins with @ is a list of images, and none of further arguments.
        ParseResult parsed = CreateRoot().Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            // What is misspelt says more than what is missing because of it.
            string? word = parsed.UnmatchedTokens.FirstOrDefault()
                ?? parsed.Tokens.FirstOrDefault(t => t.Type == TokenType.Argument && t.Value.StartsWith("--", StringComparison.Ordinal))?.Value;
            string misspelt = word is not null ? $"Unrecognized command or argument '{word}'" : parsed.Errors[0].Message;
            return Fail($"{Plain(misspelt)}; {Advice(parsed)}");
        }
        return Invoke(parsed);
    }

    /// <summary>The daily commands, in the order of use, and the groups of the others.</summary>
    internal static RootCommand CreateRoot()
    {
        var root = new RootCommand("Semantic segmentation: from annotated photos to a trained ONNX model and masks.")
        {
            QuickstartCommand.Create(),
            InitCommand.Create(),
            CheckCommand.Create(),
            TrainCommand.Create(),
            EvaluateCommand.Create(),
            PredictCommand.Create(),
            ExportCommand.Create(),
            ServeCommand.Create(),
            Group("data", "Prepare and look at data",
                MasksCommand.Create(), ConvertCommand.Create(), OverlayCommand.Create(), AugmentCommand.Create(), FramesCommand.Create(), SuggestCommand.Create(), SchemaCommand.Create()),
            Group("runs", "Work with training runs",
                ReportCommand.Create(), CompareCommand.Create(), AverageCommand.Create(), TuneCommand.Create(), TrialCommand.Create()),
            Group("model", "Look into ONNX models",
                InfoCommand.Create(), GraphCommand.Create(), AdoptCommand.Create(), BenchmarkCommand.Create()),
            Group("cluster", "Work on many machines",
                WorkerCommand.Create(), JobsCommand.Create()),
        };
        root.Options.Add(Verbose);
        CommandExamples.AddTo(root);
        return root;
    }

    /// <summary>Commands under one name; the name alone shows their help.</summary>
    private static Command Group(string name, string description, params Command[] commands)
    {
        var group = new Command(name, $"{description}: {string.Join(", ", commands.Where(c => !c.Hidden).Select(c => c.Name))}.");
        foreach (Command command in commands)
        {
            group.Subcommands.Add(command);
        }
        group.SetAction(_ =>
        {
            CreateRoot().Parse([name, "--help"]).Invoke();
            return ExitCode.BadInput;
        });
        return group;
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
            // A file that cannot be read or written is no answer about the model.
            return Fail(e, parsed, IsOfFiles(e) ? ExitCode.BadInput : ExitCode.No);
        }
        catch (Exception e) when (Told(e) is { } told)
        {
            return Fail(told, parsed, ExitCode.BadInput);
        }
        catch (Exception e) when (IsOfMemory(e))
        {
            Fail("not enough memory; use smaller images, tiles or batches, or a machine (or a container's limit) with more");
            return Verbosely(e, parsed, ExitCode.BadInput);
        }
        catch (Exception e)
        {
            Fail($"a fault of segml itself ({e.GetType().Name}: {e.Message}); please report it, with what --verbose prints");
            return Verbosely(e, parsed, ExitCode.BadInput);
        }

        void OnSignal(PosixSignalContext context)
        {
            // The first signal asks; a second one takes the system's own way.
            context.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        }
    }

    /// <summary>What to tell the user: the innermost error of ours (ML.NET and tasks wrap what rows throw), or the system's own.</summary>
    private static Exception? Told(Exception e) => Chain(e).FirstOrDefault(inner => inner is SegMLException or IOException or UnauthorizedAccessException);

    private static bool IsOfMemory(Exception e) => Chain(e).Any(inner => inner is OutOfMemoryException);

    private static bool IsOfFiles(Exception e) => Chain(e).Any(inner => inner is IOException or UnauthorizedAccessException);

    /// <summary>An exception, and those that it wraps.</summary>
    private static IEnumerable<Exception> Chain(Exception e)
    {
        for (Exception? inner = e; inner is not null; inner = inner.InnerException)
        {
            yield return inner;
        }
    }

    private static int Fail(Exception e, ParseResult parsed, int code)
    {
        Fail(e.Message);
        return Verbosely(e, parsed, code);
    }

    private static int Verbosely(Exception e, ParseResult parsed, int code)
    {
        if (parsed.GetValue(Verbose))
        {
            Console.Error.WriteLine(e);
        }
        return code;
    }

    private static int Fail(string line)
    {
        Console.Error.WriteLine($"segml: {Printable.Line(line)}");
        return ExitCode.BadInput;
    }

    // The parser adds .NET's name for a number, and its values to a choice, line by line. Help has both in words.
    private static string Plain(string message) =>
        message.Split(" as expected type ")[0].ReplaceLineEndings(" ").TrimEnd('.');

    /// <summary>Where to look: at the group that has the command, or at the help of the command that was understood.</summary>
    private static string Advice(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        string? word = command is RootCommand ? parsed.Tokens.FirstOrDefault()?.Value : null;
        Command? group = command.Subcommands.FirstOrDefault(c => c.Subcommands.Any(s => s.Name == word && !s.Hidden));
        return group is null ? $"see {CommandExamples.FullName(command)} --help" : $"it is segml {group.Name} {word}";
    }
}
