using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace SegML.Tests;

/// <summary>The map of the source in src/README.md: which project may use which, and that no folders of a project use each other.</summary>
[TestClass]
public sealed class HouseTests
{
    /// <summary>What each project may use, as far as it does not follow from the others.</summary>
    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["SegML"] = [],
        ["SegML.Onnx"] = [],
        ["SegML.MLNet"] = ["SegML"],
        ["SegML.Scenes"] = ["SegML"],
        ["SegML.ImageSharp"] = ["SegML.MLNet"],
        ["SegML.Serving"] = ["SegML.MLNet"],
        ["SegML.Training"] = ["SegML.MLNet", "SegML.Onnx"],
        ["SegML.Cluster"] = ["SegML"],
        ["SegML.Cli"] = ["SegML.Training", "SegML.Scenes", "SegML.ImageSharp", "SegML.Serving", "SegML.Cluster"],
    };

    private static string Source => Path.Combine(Repository.Root, "src");

    private static IEnumerable<object[]> Projects => Directory.EnumerateDirectories(Source).Select(d => new object[] { Path.GetFileName(d) });

    [TestMethod]
    [DynamicData(nameof(Projects))]
    public void AProjectUsesOnlyThoseThatTheMapAllows(string project)
    {
        XDocument file = XDocument.Load(Path.Combine(Source, project, project + ".csproj"));
        string[] used = [.. file.Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/')))];
        CollectionAssert.IsSubsetOf(used, Arrows[project], $"{project} uses {string.Join(", ", used)}");
        string[] packages = [.. file.Descendants("PackageReference").Select(r => r.Attribute("Include")!.Value)];
        if (project is "SegML" or "SegML.Onnx")
        {
            Assert.IsEmpty(packages.Where(p => p.StartsWith("Microsoft.ML", StringComparison.Ordinal) && !p.StartsWith("Microsoft.ML.OnnxRuntime", StringComparison.Ordinal)));
        }
    }

    [TestMethod]
    [DynamicData(nameof(Projects))]
    public void NoTwoFoldersOfAProjectUseEachOther(string project)
    {
        string root = Path.Combine(Source, project);
        var uses = new Dictionary<string, HashSet<string>>();
        foreach (string path in Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories))
        {
            string[] parts = Path.GetRelativePath(root, path).Split(Path.DirectorySeparatorChar);
            if (parts.Length < 2 || parts[0] is "obj" or "bin")
            {
                continue;
            }
            foreach (Match match in Regex.Matches(File.ReadAllText(path), $@"^using (static )?{Regex.Escape(project)}\.(\w+)", RegexOptions.Multiline))
            {
                string other = match.Groups[2].Value;
                if (other != parts[0] && Directory.Exists(Path.Combine(root, other)))
                {
                    (uses.TryGetValue(parts[0], out HashSet<string>? known) ? known : uses[parts[0]] = []).Add(other);
                }
            }
        }
        foreach (string folder in uses.Keys)
        {
            Assert.DoesNotContain(folder, Reached(folder, uses), $"{project}/{folder} uses a folder that uses it: {string.Join(", ", uses[folder])}");
        }
    }

    private static HashSet<string> Reached(string from, Dictionary<string, HashSet<string>> uses)
    {
        var seen = new HashSet<string>();
        var left = new Stack<string>(uses[from]);
        while (left.TryPop(out string? folder))
        {
            if (seen.Add(folder) && uses.TryGetValue(folder, out HashSet<string>? next))
            {
                foreach (string other in next)
                {
                    left.Push(other);
                }
            }
        }
        return seen;
    }
}
