using System.Text;
using SegML.Onnx;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Tests.Onnx;

/// <summary>The package's README lists what is covered; the list comes from the table of emitters.</summary>
[TestClass]
public sealed class CoverageTableTests
{
    private const string Begin = "<!-- coverage: written by CoverageTableTests -->", End = "<!-- end of coverage -->";

    /// <summary>Set SEGML_UPDATE_README=1 to write the table into the file.</summary>
    [TestMethod]
    public void ReadmeListsTheTableOfEmitters()
    {
        string path = Path.Combine(Repository.Root, "src", "SegML.Onnx", "README.md");
        string readme = File.ReadAllText(path);
        int begin = readme.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, end = readme.IndexOf(End, StringComparison.Ordinal);
        string expected = $"{readme[..begin]}\n{Table()}{readme[end..]}";
        if (Environment.GetEnvironmentVariable("SEGML_UPDATE_README") == "1")
        {
            File.WriteAllText(path, expected);
        }
        Assert.AreEqual(expected, File.ReadAllText(path), "Run this test with SEGML_UPDATE_README=1 to write the table.");
    }

    private static string Table()
    {
        Type[] covered = [.. new OnnxEmitters().Covered];
        Type[] missing = [.. typeof(Conv2d).Assembly.GetExportedTypes()
            .Where(t => t.Namespace == typeof(Conv2d).Namespace && !t.IsAbstract && !t.IsGenericType && typeof(nn.Module).IsAssignableFrom(t))
            .Where(t => !t.Name.EndsWith("Loss", StringComparison.Ordinal) && !t.Name.StartsWith("Parameter", StringComparison.Ordinal))
            .Except(covered).OrderBy(t => t.Name, StringComparer.Ordinal)];
        return new StringBuilder()
            .Append($"| | |\n|---|---|\n")
            .Append($"| operators, and their in-place variants | {string.Join(", ", new OnnxEmitters().CoveredOperators)} |\n")
            .Append($"| TorchSharp modules | {Names(covered.Where(t => t.Namespace == typeof(Conv2d).Namespace))} |\n")
            .Append($"| operations between modules (`SegML.Onnx.Modules`) | {Names(covered.Where(t => t.Assembly == typeof(OnnxEmitters).Assembly))} |\n")
            .Append($"| not covered | {Names(missing)} |\n")
            .ToString();
    }

    private static string Names(IEnumerable<Type> types) => string.Join(", ", types.Select(t => t.Name).Order(StringComparer.Ordinal));
}
