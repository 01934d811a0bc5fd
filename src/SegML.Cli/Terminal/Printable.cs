using System.Globalization;

namespace SegML.Cli.Terminal;

/// <summary>Texts as a terminal may show them: what others wrote must not move its cursor, colour it, or turn text around.</summary>
internal static class Printable
{
    private const int MostCharacters = 2000;

    /// <summary>One line of bounded length, its control characters escaped.</summary>
    public static string Line(string text)
    {
        string line = text.ReplaceLineEndings(" ");
        line = line.Length <= MostCharacters ? line : line[..MostCharacters] + "...";
        return line.Any(IsUnprintable) ? string.Concat(line.Select(c => IsUnprintable(c) ? $"\\u{(int)c:x4}" : c.ToString())) : line;
    }

    private static bool IsUnprintable(char c) => char.IsControl(c) || char.GetUnicodeCategory(c) == UnicodeCategory.Format;
}
