using System.Text;
using System.Text.RegularExpressions;

namespace SegML.Cluster.Listing;

/// <summary>A pattern of paths: * and ? within a name, ** for any number of folders.</summary>
internal sealed class GlobPattern
{
    private static readonly char[] _wild = ['*', '?'];

    private readonly Regex _pattern;

    private GlobPattern(Regex pattern) => _pattern = pattern;

    /// <summary>The pattern of an input; null: it is a plain path.</summary>
    public static GlobPattern? Of(string input)
    {
        if (input.IndexOfAny(_wild) < 0)
        {
            return null;
        }
        string root = RootOf(input);
        string relative = input.Replace('\\', '/')[(root == "." && !input.StartsWith('.') ? 0 : root.Length)..].TrimStart('/');
        var text = new StringBuilder("^");
        for (int i = 0; i < relative.Length; i++)
        {
            if (relative.AsSpan(i).StartsWith("**/"))
            {
                text.Append("(?:[^/]+/)*");
                i += 2;
            }
            else
            {
                text.Append(relative[i] switch { '*' => "[^/]*", '?' => "[^/]", var c => Regex.Escape(c.ToString()) });
            }
        }
        return new GlobPattern(new Regex(text.Append('$').ToString(), RegexOptions.CultureInvariant | RegexOptions.NonBacktracking));
    }

    /// <summary>The folder above the first wild character; of a plain path the path.</summary>
    public static string RootOf(string input)
    {
        int wild = input.IndexOfAny(_wild);
        if (wild < 0)
        {
            return input;
        }
        int end = input.Replace('\\', '/').LastIndexOf('/', wild);
        return end < 0 ? "." : end == 0 ? "/" : input[..end];
    }

    /// <summary>Whether a path below the root is meant.</summary>
    public bool Matches(string relative) => _pattern.IsMatch(relative.Replace('\\', '/'));
}
