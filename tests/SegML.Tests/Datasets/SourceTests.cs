using SegML.Datasets;
using SegML.Pipelines;
using SegML.Tests.Images;

namespace SegML.Tests.Datasets;

[TestClass]
public sealed class SourceTests
{
    private readonly TemporaryFolder _folder = new();

    [TestCleanup]
    public void Remove() => _folder.Dispose();

    [TestMethod]
    public void AListChoosesImagesAndMasksOutsideItAreLeftAlone()
    {
        Create("images/a.jpg", "images/b.jpg", "images/c.jpg", "masks/a.png", "masks/b.png", "masks/c.png");
        File.WriteAllText(_folder.File("val.txt"), "# chosen\r\nc.jpg\r\n\r\na\r\n");
        DatasetListing listing = Survey("""{ "splits": { "val": { "images": "images", "masks": "masks", "list": "val.txt" } } }""");
        CollectionAssert.AreEqual(new[] { "a.jpg", "c.jpg" }, Names(listing));
        Assert.IsEmpty(listing.Findings);
    }

    [TestMethod]
    public void AListedNameThatIsNoImageIsAnError()
    {
        Create("images/a.jpg", "masks/a.png");
        File.WriteAllText(_folder.File("val.txt"), "a\ngone\n");
        const string Data = """{ "splits": { "val": { "images": "images", "masks": "masks", "list": "val.txt" } } }""";
        DatasetFinding finding = Survey(Data).Findings.Single();
        Assert.AreEqual(FindingKind.MissingListed, finding.Kind);
        Assert.StartsWith(_folder.File("val.txt") + " names gone", finding.Message);
        Assert.ThrowsExactly<DatasetException>(() => Dataset.List(Read(Data), "val"));
    }

    [TestMethod]
    public void AListThatIsNotThereIsNamed()
    {
        Create("images/a.jpg", "masks/a.png");
        DatasetFinding finding = Survey("""{ "splits": { "val": { "images": "images", "masks": "masks", "list": "no.txt" } } }""").Findings.Single();
        Assert.AreEqual(FindingKind.BadSource, finding.Kind);
        Assert.StartsWith(_folder.File("no.txt") + " does not exist", finding.Message);
    }

    [TestMethod]
    public void ARulePairsFilesBelowFoldersAndLeavesOtherFilesAlone()
    {
        Create("images/bonn/1_leftImg8bit.png", "images/ulm/1_leftImg8bit.png", "images/ulm/1_depth.png",
            "masks/bonn/1_gtFine_labelIds.png", "masks/bonn/1_gtFine_color.png", "masks/ulm/1_gtFine_labelIds.png", "masks/ulm/2_gtFine_labelIds.png");
        DatasetListing listing = Survey("""
            { "splits": { "val": { "images": "images", "masks": "masks", "subfolders": true } },
              "pairing": { "image": "^(.*)_leftImg8bit$", "mask": "$1_gtFine_labelIds" } }
            """);
        Assert.IsEmpty(listing.Findings);
        CollectionAssert.AreEqual(new[] { _folder.File("masks/bonn/1_gtFine_labelIds.png"), _folder.File("masks/ulm/1_gtFine_labelIds.png") },
            listing.Items.Select(i => i.MaskPath).ToArray());
    }

    [TestMethod]
    public void SharesDivideEveryImageOnceAndAlikeEachTime()
    {
        string[] names = [.. Enumerable.Range(0, 40).Select(i => $"{i:00}")];
        Create([.. names.Select(n => $"images/{n}.jpg"), .. names.Select(n => $"masks/{n}.png")]);
        const string Data = """{ "shares": { "images": "images", "masks": "masks", "splits": { "train": 0.7, "val": 0.2, "test": 0.1 }, "seed": 3 } }""";
        string[] train = Names(Survey(Data, "train")), val = Names(Survey(Data)), test = Names(Survey(Data, "test"));
        Assert.AreEqual((28, 8, 4), (train.Length, val.Length, test.Length));
        CollectionAssert.AreEquivalent(names.Select(n => n + ".jpg").ToArray(), train.Concat(val).Concat(test).ToArray());
        CollectionAssert.AreEqual(val, Names(Survey(Data)));
        CollectionAssert.AreNotEqual(val, Names(Survey(Data.Replace("\"seed\": 3", "\"seed\": 4", StringComparison.Ordinal))));
    }

    [TestMethod]
    [DataRow("""^(drive\\d+)_""", "", '_')]
    [DataRow("folder", ", \"subfolders\": true", '/')]
    public void GroupsAreNeverDivided(string groupBy, string more, char separator)
    {
        string[] names = [.. Enumerable.Range(0, 10).SelectMany(d => Enumerable.Range(0, 3 + d).Select(i => $"drive{d}{separator}{i}"))];
        Create([.. names.Select(n => $"images/{n}.jpg"), .. names.Select(n => $"masks/{n}.png")]);
        string data = $$"""{ "shares": { "images": "images", "masks": "masks", "splits": { "train": 0.8, "val": 0.2 }, "groupBy": "{{groupBy}}"{{more}} } }""";
        HashSet<string> train = Drives("train"), val = Drives("val");
        Assert.IsFalse(train.Overlaps(val));
        Assert.HasCount(10, train.Union(val));
        int held = Survey(data).Items.Count;
        // Shares are met to within a group, of which the largest has 12 of the 75 images.
        Assert.AreEqual(15, held, 12.0);

        HashSet<string> Drives(string split) => [.. Survey(data, split).Items.Select(i => Path.GetRelativePath(_folder.File("images"), i.ImagePath).Split(separator)[0])];
    }

    [TestMethod]
    public void ANameWithoutAGroupIsTold()
    {
        Create("images/a1.jpg", "images/b.jpg", "masks/a1.png", "masks/b.png");
        DatasetFinding finding = Survey("""{ "shares": { "images": "images", "masks": "masks", "splits": { "train": 0.5, "val": 0.5 }, "groupBy": "\\d" } }""").Findings.Single();
        Assert.StartsWith("b does not match data.shares.groupBy", finding.Message);
    }

    [TestMethod]
    public void ASplitThatNoGroupIsLeftForIsTold()
    {
        Create("images/a.jpg", "masks/a.png");
        DatasetFinding finding = Survey("""{ "shares": { "images": "images", "masks": "masks", "splits": { "train": 0.5, "val": 0.5 } } }""").Findings.Single();
        Assert.Contains("leaves the split \"val\" empty", finding.Message);
    }

    [TestMethod]
    [DataRow("""{ "shares": { "images": "i", "masks": "m", "splits": { "train": 0.5, "val": 0.4 } } }""", "do not add up to 1")]
    [DataRow("""{ "shares": { "images": "i", "masks": "m", "splits": { "val": 1 }, "groupBy": "(" } }""", "has data.shares.groupBy \"(\", which is no regular expression")]
    [DataRow("""{ "pairing": { "image": "(?=a)", "mask": "b" } }""", "has data.pairing.image \"(?=a)\", which is no regular expression")]
    [DataRow("""{ "splits": { "val": { "images": "i", "masks": "m" } }, "shares": { "images": "i", "masks": "m", "splits": { "val": 1 } } }""", "has the split \"val\" under data.splits and under data.shares")]
    [DataRow("""{ "shares": { "images": "i", "masks": "m" } }""", "has no \"splits\" in data.shares")]
    public void DataPartsThatContradictThemselvesAreRefused(string data, string message) =>
        Assert.Contains(message, Assert.ThrowsExactly<PipelineFormatException>(() => Read(data)).Message);

    private DatasetListing Survey(string data, string split = "val") => Dataset.Survey(Read(data), split);

    private Pipeline Read(string data)
    {
        string path = _folder.File("street.json");
        File.WriteAllText(path, $$"""{ "name": "street", "classes": [{ "id": 0, "name": "road" }], "data": {{data}} }""");
        Pipeline pipeline = PipelineFile.Read(path, _folder.Path);
        // What is read is also written, for a run keeps its pipeline.
        File.WriteAllText(path, PipelineFile.ToJson(pipeline));
        return PipelineFile.Read(path);
    }

    private static string[] Names(DatasetListing listing) => [.. listing.Items.Select(i => Path.GetFileName(i.ImagePath))];

    private void Create(params string[] files)
    {
        foreach (string file in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(file))!);
            File.WriteAllText(_folder.File(file), "");
        }
    }
}
