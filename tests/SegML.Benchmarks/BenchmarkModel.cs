using SegML.Scoring;

namespace SegML.Benchmarks;

/// <summary>Finds a model to score with.</summary>
internal static class BenchmarkModel
{
    /// <returns>The path named, else the first model in the repository's onnx folder.</returns>
    public static string Find(string? path)
    {
        if (path is not null)
        {
            return path;
        }
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string onnx = Path.Combine(folder.FullName, "onnx");
            if (File.Exists(Path.Combine(folder.FullName, "SegML.sln")) && Directory.Exists(onnx)
                && Directory.GetFiles(onnx, "*.onnx").Order(StringComparer.Ordinal).FirstOrDefault() is { } model)
            {
                return model;
            }
        }
        throw new ArgumentException("there is no model in the repository's onnx folder; pass --model M.onnx");
    }
}
