using System.Globalization;
using Spectre.Console;

namespace SegML.Cli.Terminal;

/// <summary>Progress of long work on stderr, so that stdout holds results only: a bar on a terminal, plain lines when piped.</summary>
internal sealed class WorkProgress
{
    private readonly string _title;
    private readonly ProgressTask? _bar;
    private readonly IAnsiConsole? _console;
    private readonly Lock _lock = new();
    private int _lastTenth = -1;

    private WorkProgress(string title, ProgressTask? bar, IAnsiConsole? console)
    {
        _title = title;
        _bar = bar;
        _console = console;
    }

    /// <summary>Runs work that reports to the progress it is given.</summary>
    public static T Run<T>(string title, Func<WorkProgress, T> work)
    {
        if (Console.IsErrorRedirected)
        {
            return work(new WorkProgress(title, null, null));
        }
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context => work(new WorkProgress(title, context.AddTask(Markup.Escape(title)), console)));
    }

    /// <summary>Says how far the work is.</summary>
    /// <param name="done">Units done.</param>
    /// <param name="total">Units in all.</param>
    /// <param name="detail">What to show beside the title, such as the loss.</param>
    public void Report(int done, int total, string? detail = null)
    {
        lock (_lock)
        {
            if (_bar is not null)
            {
                _bar.MaxValue = Math.Max(1, total);
                _bar.Value = done;
                _bar.Description = Markup.Escape(detail is null ? _title : $"{_title}  {detail}");
                return;
            }
            int tenth = total == 0 ? 10 : (int)(10L * done / total);
            if (tenth != _lastTenth)
            {
                _lastTenth = tenth;
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{_title} {done}/{total}{(detail is null ? "" : "  " + detail)}"));
            }
        }
    }

    /// <summary>What prints each report as a line that stays.</summary>
    public IProgress<string> Lines() => new Direct<string>(Line);

    /// <summary>Prints a line that stays, above the bar.</summary>
    public void Line(string text)
    {
        text = Printable.Line(text);
        lock (_lock)
        {
            if (_console is not null)
            {
                _console.MarkupLine(Markup.Escape(text));
            }
            else
            {
                Console.Error.WriteLine(text);
            }
        }
    }
}
