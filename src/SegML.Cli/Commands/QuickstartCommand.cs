using System.CommandLine;

namespace SegML.Cli.Commands;

internal static class QuickstartCommand
{
    public static Command Create() => new("quickstart", "Try the whole way on road scenes that it draws itself; minutes on two cores.");
}
