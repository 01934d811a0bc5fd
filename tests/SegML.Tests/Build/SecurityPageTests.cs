using System.Text.RegularExpressions;

namespace SegML.Tests.Build;

/// <summary>Each line of the threat table in .github/SECURITY.md names the tests that hold it.</summary>
[TestClass]
public sealed class SecurityPageTests
{
    [TestMethod]
    public void EveryThreatHasATestThatIsThere()
    {
        string[] rows = [.. File.ReadLines(Path.Combine(Repository.Root, ".github", "SECURITY.md")).Where(l => l.StartsWith("| ", StringComparison.Ordinal)).Skip(1)];
        Assert.IsGreaterThan(10, rows.Length);
        // Of both test projects: a class has a file of its name.
        ILookup<string, string> tests = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .ToLookup(f => Path.GetFileName(f).Split('.')[0], File.ReadAllText);
        foreach (string row in rows)
        {
            MatchCollection names = Regex.Matches(row.Split('|')[^2], "`(\\w+)(?:\\.(\\w+))?`");
            Assert.AreNotEqual(0, names.Count, row);
            foreach (Match name in names)
            {
                string[] sources = [.. tests[name.Groups[1].Value]];
                Assert.IsTrue(Array.Exists(sources, t => t.Contains("[TestClass]", StringComparison.Ordinal)), $"{name.Value} is no test class: {row}");
                Assert.IsTrue(!name.Groups[2].Success || Array.Exists(sources, t => Regex.IsMatch(t, $@"public (async )?(void|Task) {name.Groups[2].Value}\(")), $"{name.Value} is no test: {row}");
            }
        }
    }
}
