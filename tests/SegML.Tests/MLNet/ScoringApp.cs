using System.Diagnostics;

namespace SegML.Tests.MLNet;

/// <summary>The app in Apps/ScoringApp.</summary>
internal static class ScoringApp
{
    /// <summary>Runs it to its end.</summary>
    /// <returns>Its lines, the last one (assemblies) checked and left out.</returns>
    public static string[] Run(params string[] arguments)
    {
        // Built with the tests, into a folder like theirs: bin/Release/net10.0.
        string output = Path.GetRelativePath(Path.Combine(Repository.Root, "tests/SegML.Tests"), AppContext.BaseDirectory);
        string folder = Path.Combine(Repository.Root, "tests/SegML.Tests/Apps/ScoringApp", output);
        string[] training = [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(f => Path.GetFileName(f))
            .Where(f => f.Contains("TorchSharp") || f.Contains("SegML.Training") || f.Contains("SegML.Onnx"))];
        Assert.IsEmpty(training, string.Join(" ", training));

        var start = new ProcessStartInfo("dotnet", [Path.Combine(folder, "ScoringApp.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // One heap and few arenas, on any machine: memory then depends on what is kept, not on the number of cores.
            Environment = { ["MALLOC_ARENA_MAX"] = "2", ["DOTNET_GCgen0size"] = "400000", ["DOTNET_gcServer"] = "0" },
        };
        using Process app = Process.Start(start)!;
        Task<string> errors = app.StandardError.ReadToEndAsync();
        string[] lines = app.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        app.WaitForExit();
        Assert.AreEqual(0, app.ExitCode, errors.Result);
        string[] assemblies = lines[^1].Split(' ');
        CollectionAssert.Contains(assemblies, "SegML");
        CollectionAssert.DoesNotContain(assemblies, "SegML.Training");
        CollectionAssert.DoesNotContain(assemblies, "TorchSharp");
        return lines[..^1];
    }
}
