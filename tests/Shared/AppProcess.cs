using System.Diagnostics;

namespace SegML.Tests;

/// <summary>The apps in Apps/, which tests start as processes of their own.</summary>
internal static class AppProcess
{
    /// <summary>Where an app is: built with the tests, into a folder like theirs, bin/Release/net10.0.</summary>
    public static string Folder(string app) => Path.Combine(Repository.Root, "tests/SegML.Tests/Apps", app,
        Path.GetRelativePath(Path.Combine(AppContext.BaseDirectory, "../../.."), AppContext.BaseDirectory));

    /// <summary>Runs an app to its end, and asserts that it comes to a good one.</summary>
    /// <returns>The lines that it printed.</returns>
    public static string[] Run(string app, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(Folder(app), app + ".dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // One heap and few arenas, on any machine: memory then depends on what is kept, not on the number of cores.
            Environment = { ["MALLOC_ARENA_MAX"] = "2", ["DOTNET_GCgen0size"] = "400000", ["DOTNET_gcServer"] = "0" },
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string[] lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        process.WaitForExit();
        Assert.AreEqual(0, process.ExitCode, errors.Result);
        return lines;
    }
}
