using System.Text.RegularExpressions;

namespace SegML.Tests.Packages;

/// <summary>The C# of a page, as its readers copy it.</summary>
internal sealed class ReadmeCode(string page)
{
    private readonly string _text = File.ReadAllText(Path.Combine(Repository.Root, page)).ReplaceLineEndings("\n");

    /// <summary>The usings that the page names, in order and once.</summary>
    public string Usings => string.Join("\n", Blocks("usings").SelectMany(b => b.Split('\n', StringSplitOptions.RemoveEmptyEntries)).Distinct());

    /// <summary>An example.</summary>
    public string this[string example] => Blocks($"example: {example}").Single();

    private IEnumerable<string> Blocks(string mark) =>
        Regex.Matches(_text, $"<!-- {mark} -->\n```csharp\n(.*?)```", RegexOptions.Singleline).Select(m => m.Groups[1].Value);
}
