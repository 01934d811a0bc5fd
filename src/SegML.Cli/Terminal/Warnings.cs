using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace SegML.Cli.Terminal;

/// <summary>Warnings of ML.NET's log as lines on standard error: a model that is scored on the CPU because the machine lacks what CUDA needs.</summary>
internal static class Warnings
{
    public static void Print(object? sender, LoggingEventArgs e)
    {
        if (e.Kind == ChannelMessageKind.Warning)
        {
            Console.Error.WriteLine($"segml: {e.RawMessage}");
        }
    }
}
