using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using SegML.Files;

namespace SegML.Annotations.Formats;

/// <summary>
/// The class names of a YOLO data set: <c>names</c> in a YAML file (Ultralytics, Roboflow), or one name a line in obj.names, classes.txt
/// or a file .names, in the labels' folder or up to three folders above it.
/// </summary>
internal static partial class YoloNames
{
    private const int FoldersUp = 3;

    private static readonly ConcurrentDictionary<(string Path, DateTime Written, long Length), IReadOnlyList<string?>> _read = new();

    /// <summary>The names by number, null where a number has none; empty where there is no list.</summary>
    /// <param name="path">A label file.</param>
    /// <exception cref="AnnotationFormatException">A list cannot be read.</exception>
    public static IReadOnlyList<string?> Near(string path)
    {
        DirectoryInfo? folder = new FileInfo(Path.GetFullPath(path)).Directory;
        for (int up = 0; folder is not null && up <= FoldersUp; folder = folder.Parent, up++)
        {
            if (In(folder.FullName) is { Count: > 0 } names)
            {
                return names;
            }
        }
        return [];
    }

    /// <summary>The names that a folder's list has; empty where it has no list.</summary>
    public static IReadOnlyList<string?> In(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return [];
        }
        IEnumerable<FileInfo> files = new DirectoryInfo(folder).EnumerateFiles().Where(f => !f.Name.StartsWith('.'));
        foreach (FileInfo file in files.Where(f => IsList(f.Name)).OrderBy(f => f.Name != "data.yaml").ThenBy(f => f.Name, StringComparer.Ordinal))
        {
            // The labels of one data set ask for the same list a thousand times.
            IReadOnlyList<string?> names = _read.GetOrAdd((file.FullName, file.LastWriteTimeUtc, file.Length), key => Read(key.Path));
            if (names.Count > 0)
            {
                return names;
            }
        }
        return [];
    }

    private static bool IsList(string name) => Path.GetExtension(name).ToLowerInvariant() is ".yaml" or ".yml" or ".names"
        || name.ToLowerInvariant() is "classes.txt" or "labels.txt" or "_darknet.labels";

    private static IReadOnlyList<string?> Read(string path)
    {
        string text = UnreadableFile.Reading(path, AnnotationContent.Fault, () => File.ReadAllText(path));
        return Path.GetExtension(path).ToLowerInvariant() is ".yaml" or ".yml" ? FromYaml(text)
            : [.. text.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0)];
    }

    /// <summary>The value of <c>names</c>: a list in brackets or of lines, or a mapping from numbers.</summary>
    internal static IReadOnlyList<string?> FromYaml(string text)
    {
        Match key = NamesKey().Match(text);
        if (!key.Success)
        {
            return [];
        }
        string value = text[(key.Index + key.Length)..];
        string start = value.TrimStart();
        if (start.StartsWith('[') || start.StartsWith('{'))
        {
            int end = start.IndexOf(start[0] == '[' ? ']' : '}', StringComparison.Ordinal);
            string[] items = [.. FlowItem().Matches(start[1..(end < 0 ? start.Length : end)]).Select(m => m.Value.Trim()).Where(v => v.Length > 0)];
            return start[0] == '[' ? [.. items.Select(Unquoted)] : Mapped(items);
        }
        string[] lines = [.. value.Split('\n').Skip(1).Select(WithoutComment).Where(l => l.Trim().Length > 0)
            .TakeWhile(l => l[0] is ' ' or '\t' or '-').Select(l => l.Trim())];
        return lines.All(l => l.StartsWith('-')) ? [.. lines.Select(l => Unquoted(l[1..].Trim()))] : Mapped(lines);
    }

    private static List<string?> Mapped(IEnumerable<string> pairs)
    {
        var names = new List<string?>();
        foreach (string pair in pairs)
        {
            int colon = pair.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && int.TryParse(Unquoted(pair[..colon].Trim()), NumberStyles.None, CultureInfo.InvariantCulture, out int id) && id <= ushort.MaxValue)
            {
                while (names.Count <= id)
                {
                    names.Add(null);
                }
                names[id] = Unquoted(pair[(colon + 1)..].Trim());
            }
        }
        return names;
    }

    private static string WithoutComment(string line) => line.IndexOf(" #", StringComparison.Ordinal) is var at && at >= 0 && !line.Contains('"', StringComparison.Ordinal)
        && !line.Contains('\'', StringComparison.Ordinal) ? line[..at] : line.StartsWith('#') ? "" : line.TrimEnd('\r');

    private static string Unquoted(string value) => value switch
    {
        ['\'', .., '\''] => value[1..^1].Replace("''", "'", StringComparison.Ordinal),
        ['"', .., '"'] => value[1..^1].Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal),
        _ => value,
    };

    [GeneratedRegex(@"^names\s*:", RegexOptions.Multiline)]
    private static partial Regex NamesKey();

    // Quoted texts, which may hold commas, or what stands between commas.
    [GeneratedRegex("""(?:[^,'"]*:\s*)?(?:'(?:[^']|'')*'|"(?:[^"\\]|\\.)*"|[^,]+)""")]
    private static partial Regex FlowItem();
}
