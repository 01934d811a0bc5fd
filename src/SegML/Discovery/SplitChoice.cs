using System.Globalization;
using System.Text.RegularExpressions;
using SegML.Datasets;
using SegML.Pipelines;

namespace SegML.Discovery;

/// <summary>Divides sources into splits: as their folders and files are called, as lists say, or by shares that keep neighbours together.</summary>
internal sealed partial class SplitChoice(FolderTree tree, List<(string Key, string Reason)> choices)
{
    private const double ValShare = 0.2;
    private const int FewImages = 5;

    /// <summary>The data part of the pipeline.</summary>
    public DataOptions Divide(IReadOnlyList<FoundSource> sources)
    {
        FoundSource[] kept = [.. sources.Where(s => s.Pairing == sources[0].Pairing).GroupBy(s => s.Split ?? "").Select(g => g.OrderByDescending(s => s.Count).First())];
        choices.Add(("data", $"{kept[0].Format}: {kept.Sum(s => s.Count).Of("image")} with annotations"));
        foreach (FoundSource left in sources.Except(kept))
        {
            choices.Add(("data", $"left out: {left.Annotations ?? left.Masks} ({left.Format}, {left.Count.Of("image")}), another part is used in its place"));
        }
        var data = new DataOptions { Pairing = kept[0].Pairing };
        Dictionary<string, FoundSource> named = kept.Where(s => s.Split is not null).ToDictionary(s => s.Split!);
        if (named.ContainsKey("train") && named.ContainsKey("val"))
        {
            choices.Add(("data.splits", $"splits as the set has them: {string.Join(", ", Ordered(named.Keys))}"));
            return data with { Splits = Ordered(named.Keys).ToDictionary(n => n, n => named[n].ToSplit()) };
        }
        if (kept.Length == 1 && Lists(kept[0]) is { Count: > 0 } lists)
        {
            choices.Add(("data.splits", $"splits as the lists say: {string.Join(", ", lists.Values)}"));
            return data with { Splits = Ordered(lists.Keys).ToDictionary(n => n, n => (kept[0] with { List = lists[n] }).ToSplit()) };
        }
        FoundSource train = named.GetValueOrDefault("train") ?? kept.OrderByDescending(s => s.Split is null).ThenByDescending(s => s.Count).First();
        string[] names = NamesOf(train);
        if (names.Length < FewImages)
        {
            choices.Add(("data.splits", $"too few images ({names.Length}) to keep any for validation"));
            named = named.Where(n => n.Value != train).Append(new("train", train)).ToDictionary();
            return data with { Splits = Ordered(named.Keys).ToDictionary(n => n, n => named[n].ToSplit()) };
        }
        (string? groupBy, string reason) = Groups(train, names);
        choices.Add(("data.shares", $"no validation split was found, so {100 * ValShare:0} % of the images are kept for it; {reason}"));
        string[] rest = [.. Ordered(named.Keys).Where(n => named[n] != train)];
        return data with
        {
            Splits = rest.ToDictionary(n => n, n => named[n].ToSplit()),
            Shares = new ShareOptions
            {
                Images = train.Images,
                Masks = train.Masks,
                Annotations = train.Annotations,
                Subfolders = train.Subfolders,
                Splits = rest.Contains("val") ? new Dictionary<string, double> { ["train"] = 1 } : new Dictionary<string, double> { ["train"] = 1 - ValShare, ["val"] = ValShare },
                GroupBy = groupBy,
            },
        };
    }

    private static IEnumerable<string> Ordered(IEnumerable<string> splits) => splits.OrderBy(s => Array.IndexOf(["train", "val", "test"], s));

    /// <summary>Lists that name images of a source, by split: train.txt and val.txt, those under Segmentation before others.</summary>
    private Dictionary<string, string> Lists(FoundSource source)
    {
        var lists = new Dictionary<string, string>();
        foreach (string file in tree.Files.Where(f => f.EndsWith(".txt", StringComparison.OrdinalIgnoreCase)).OrderBy(f => !f.Contains("Segmentation/", StringComparison.Ordinal)))
        {
            if (Path.GetFileNameWithoutExtension(file).ToLowerInvariant() is "train" or "val" or "valid" or "test" && SplitName.Of(Path.GetFileName(file)) is { } split && !lists.ContainsKey(split)
                && ImageList.Read(tree.Full(file)).Images is { Count: > 0 } lines && lines.Take(20).Any(l => l.Names.Any(n => tree.ByName[ImageName.Last(n)].Any())))
            {
                lists.Add(split, file);
            }
        }
        return lists.ContainsKey("train") && lists.ContainsKey("val") ? lists : [];
    }

    private string[] NamesOf(FoundSource source)
    {
        Regex? rule = source.Pairing is { } pairing ? new Regex(pairing.Image) : null;
        return [.. tree.Images.Where(i => source.Images == "." || i.StartsWith(source.Images + "/", StringComparison.Ordinal))
            .Where(i => source.Subfolders || FolderTree.FolderOf(i) == source.Images)
            .Select(i => FolderTree.Below(ImageName.Key(i), source.Images)).Distinct().Where(n => rule?.IsMatch(n) != false)];
    }

    /// <summary>What keeps neighbouring frames in one split.</summary>
    private static (string? GroupBy, string Reason) Groups(FoundSource source, string[] names)
    {
        if (source.Subfolders && names.Select(FolderTree.FolderOf).Distinct().Count() >= 5)
        {
            return (ShareOptions.Folder, "each folder's images stay in one split");
        }
        Match[] numbered = [.. names.Select(n => Numbered().Match(n)).Where(m => m.Success)];
        if (numbered.Length < names.Length * 0.9 || names.Length < 10)
        {
            return (null, "each image falls by itself, for names show no groups: set groupBy where neighbours look alike");
        }
        string[] prefixes = [.. numbered.Select(m => m.Groups[1].Value).Distinct()];
        if (prefixes.Length >= 5 && prefixes.Length <= names.Length / 2)
        {
            return (@"^(.*?)\d+$", "images whose names differ in the last number alone stay in one split");
        }
        // One or a few series: blocks of 10, 100 or 1000 neighbouring numbers, so that there are at least five.
        int digits = numbered.Min(m => m.Groups[2].Length);
        int block = Enumerable.Range(1, 3).Where(d => d < digits && Blocks(d) >= 5).DefaultIfEmpty(0).Max();
        return block == 0 ? (null, "each image falls by itself, for there are too few for groups")
            : (string.Create(CultureInfo.InvariantCulture, $@"^(.*)\d{{{block}}}$"), $"blocks of {Math.Pow(10, block):0} neighbouring numbers stay in one split, for neighbouring frames look alike");

        int Blocks(int d) => numbered.Select(m => m.Value[..^d]).Distinct().Count();
    }

    [GeneratedRegex(@"^(.*?)(\d+)$")]
    private static partial Regex Numbered();
}
