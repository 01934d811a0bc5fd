using System.Collections.Concurrent;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using SegML.Files;
using SegML.Images;

namespace SegML.Cli.Terminal;

/// <summary>
/// Warnings as lines on standard error: of ML.NET's log, such as a model that is scored on the CPU because the machine lacks what CUDA needs, and of
/// files that are read although something is amiss.
/// </summary>
internal static class Warnings
{
    private static readonly ConcurrentDictionary<string, bool> _cutShort = new(StringComparer.Ordinal);
    private static bool _listens;

    /// <summary>Prints what the libraries tell from now on.</summary>
    public static void Listen()
    {
        if (_listens)
        {
            return; // Several commands run in one process in tests.
        }
        _listens = true;
        Checksums.Missing += path => Line($"{path} has no checksum, as earlier versions wrote it: damage goes unnoticed; export or train it again");
        ImageFile.Truncated += (name, share) =>
        {
            // A file may be read twice, once to draw its overlay.
            if (_cutShort.TryAdd(name, true))
            {
                Line($"{name} is truncated: {Math.Floor(100 * share)} % of its picture is there");
            }
        };
    }

    public static void Print(object? sender, LoggingEventArgs e)
    {
        if (e.Kind == ChannelMessageKind.Warning)
        {
            Console.Error.WriteLine($"segml: {e.RawMessage}");
        }
    }

    private static void Line(string text) => Console.Error.WriteLine($"segml: {Printable.Line(text)}");
}
