using System.Reflection;
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
        Type[] tests = [.. Assembly.GetExecutingAssembly().GetTypes().Where(t => t.GetCustomAttribute<TestClassAttribute>() is not null)];
        foreach (string row in rows)
        {
            MatchCollection names = Regex.Matches(row.Split('|')[^2], "`(\\w+)(?:\\.(\\w+))?`");
            Assert.AreNotEqual(0, names.Count, row);
            foreach (Match name in names)
            {
                Type? type = Array.Find(tests, t => t.Name == name.Groups[1].Value);
                Assert.IsNotNull(type, $"{name.Value} is no test class: {row}");
                Assert.IsTrue(!name.Groups[2].Success || type.GetMethod(name.Groups[2].Value) is not null, $"{name.Value} is no test: {row}");
            }
        }
    }
}
