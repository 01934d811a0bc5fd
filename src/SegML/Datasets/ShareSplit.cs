using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using SegML.Pipelines;

namespace SegML.Datasets;

/// <summary>
/// Divides names among splits by shares. Groups are dealt in an order that their names and the seed decide, each to the split that
/// lacks most, so that shares are met to within the size of a group, and the same names always fall the same way.
/// </summary>
internal static class ShareSplit
{
    /// <summary>Which split each name falls into.</summary>
    /// <param name="names">Names without extension, with / between folders.</param>
    /// <param name="options">Shares, seed and grouping.</param>
    /// <param name="key">The key path of the options, for errors.</param>
    /// <exception cref="DatasetException">A name belongs to no group, or there are fewer groups than splits.</exception>
    public static IReadOnlyDictionary<string, string> Divide(IReadOnlyCollection<string> names, ShareOptions options, string key = "data.shares")
    {
        Func<string, string> groupOf = Grouping(options, key);
        IGrouping<string, string>[] groups = [.. names.Distinct(StringComparer.Ordinal).GroupBy(groupOf, StringComparer.Ordinal)
            .OrderBy(g => Rank(g.Key, options.Seed)).ThenBy(g => g.Key, StringComparer.Ordinal)];
        string[] splits = [.. options.Splits.Keys];
        double[] lacking = [.. splits.Select(s => options.Splits[s] * names.Count)];
        var result = new Dictionary<string, string>(names.Count, StringComparer.Ordinal);
        var taken = new HashSet<int>();
        foreach (IGrouping<string, string> group in groups)
        {
            int split = Array.IndexOf(lacking, lacking.Max());
            taken.Add(split);
            foreach (string name in group)
            {
                result[name] = splits[split];
                lacking[split]--;
            }
        }
        return taken.Count == splits.Length ? result : throw new DatasetException(options.Images,
            $"holds {groups.Length.Of("group")} of images, which leaves the split \"{splits.Where((_, i) => !taken.Contains(i)).First()}\" empty",
            $"raise its share, or choose another {key}.groupBy");
    }

    private static Func<string, string> Grouping(ShareOptions options, string key)
    {
        if (options.GroupBy is null)
        {
            return name => name;
        }
        if (options.GroupBy == ShareOptions.Folder)
        {
            return name => name[..Math.Max(0, name.LastIndexOf('/'))];
        }
        var expression = new Regex(options.GroupBy, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        return name =>
        {
            Match match = expression.Match(name);
            return match.Success ? match.Groups[match.Groups.Count > 1 ? 1 : 0].Value
                : throw new DatasetException(name, $"does not match {key}.groupBy \"{options.GroupBy}\"", "widen the expression, so that every image has a group");
        };
    }

    // A hash, not a random order: a name's place does not depend on which others there are.
    private static ulong Rank(string group, int seed)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{seed}\n{group}")), hash);
        return BinaryPrimitives.ReadUInt64BigEndian(hash);
    }
}
