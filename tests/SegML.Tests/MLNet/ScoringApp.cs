namespace SegML.Tests.MLNet;

/// <summary>The app in Apps/ScoringApp.</summary>
internal static class ScoringApp
{
    /// <summary>Runs it to its end.</summary>
    /// <returns>Its lines, the last one (assemblies) checked and left out.</returns>
    public static string[] Run(params string[] arguments)
    {
        string[] training = [.. Directory.EnumerateFiles(AppProcess.Folder("ScoringApp"), "*", SearchOption.AllDirectories).Select(f => Path.GetFileName(f))
            .Where(f => f.Contains("TorchSharp") || f.Contains("SegML.Training") || f.Contains("SegML.Onnx"))];
        Assert.IsEmpty(training, string.Join(" ", training));

        string[] lines = AppProcess.Run("ScoringApp", arguments);
        string[] assemblies = lines[^1].Split(' ');
        CollectionAssert.Contains(assemblies, "SegML");
        CollectionAssert.DoesNotContain(assemblies, "SegML.Training");
        CollectionAssert.DoesNotContain(assemblies, "TorchSharp");
        return lines[..^1];
    }
}
