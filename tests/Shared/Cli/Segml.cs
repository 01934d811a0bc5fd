using SegML.Cli;

namespace SegML.Tests.Cli;

/// <summary>Runs <c>segml</c> in this process and keeps what it prints.</summary>
internal static class Segml
{
    public sealed record Result(int Code, string Output, string Error);

    public static Result Run(params string[] args)
    {
        TextWriter output = Console.Out, error = Console.Error;
        using var outputText = new StringWriter();
        using var errorText = new StringWriter();
        Console.SetOut(outputText);
        Console.SetError(errorText);
        try
        {
            int code = CommandLine.Run(args);
            return new Result(code, outputText.ToString(), errorText.ToString());
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(error);
        }
    }

    /// <summary>Asserts that a run ended with a code and one line on stderr that holds all of <paramref name="parts"/>.</summary>
    public static void Fails(int code, Result result, params string[] parts)
    {
        Assert.AreEqual(code, result.Code, result.Error);
        string[] lines = [.. result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => l.StartsWith("segml:", StringComparison.Ordinal))];
        Assert.HasCount(1, lines, result.Error);
        foreach (string part in parts)
        {
            Assert.Contains(part, lines[0]);
        }
        Assert.DoesNotContain("   at ", result.Error);
    }
}
