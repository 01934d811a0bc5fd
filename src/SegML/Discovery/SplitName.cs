using System.Text.RegularExpressions;

namespace SegML.Discovery;

/// <summary>The splits that names of folders and files stand for.</summary>
internal static partial class SplitName
{
    /// <summary>"train", "val" or "test"; null: the path names none. The last name in it counts.</summary>
    public static string? Of(string path) => Names().Matches(path).LastOrDefault()?.Value.ToLowerInvariant() switch
    {
        null => null,
        ['t', 'r', ..] => "train",
        ['v', ..] => "val",
        _ => "test",
    };

    [GeneratedRegex("(?<![A-Za-z])(?:train|training|valid|validation|val|testing|test)(?=annot|_?labels?|_?masks?|_?images?|[^A-Za-z]|$)", RegexOptions.IgnoreCase)]
    private static partial Regex Names();
}
