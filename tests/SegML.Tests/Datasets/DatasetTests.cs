using SegML.Datasets;
using SegML.Masks;
using SegML.Pipelines;

namespace SegML.Tests.Datasets;

[TestClass]
public sealed class DatasetTests
{
    private string _folder = "";

    [TestInitialize]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("segml-dataset-").FullName;

    [TestCleanup]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void ImagesMeetTheirMasksInOrdinalOrder()
    {
        Create("images/b.JPG", "images/a.png", "images/B.jpeg", "images/c.bmp", "images/d.webp", "images/notes.txt",
            "masks/a.png", "masks/b.PNG", "masks/B.png", "masks/c.png", "masks/d.png", "masks/spare.png", "masks/a.json");
        var items = Dataset.Pair(In("images"), In("masks"));
        CollectionAssert.AreEqual(new[] { "B.jpeg", "a.png", "b.JPG", "c.bmp", "d.webp" }, items.Select(i => Path.GetFileName(i.ImagePath)).ToArray());
        CollectionAssert.AreEqual(new[] { "B.png", "a.png", "b.PNG", "c.png", "d.png" }, items.Select(i => Path.GetFileName(i.MaskPath)).ToArray());
    }

    [TestMethod]
    public void AnImageWithoutItsMaskIsNamed()
    {
        Create("images/a.png", "images/b.png", "masks/a.png");
        Refused($"{In("images/b.png")} has no mask b.png in {In("masks")}; add the mask or remove the image");
    }

    [TestMethod]
    public void TwoImagesForOneMaskAreNamed()
    {
        Create("images/a.jpg", "images/a.png", "masks/a.png");
        Refused($"{In("images/a.png")} and a.jpg are two images for one mask; rename or remove one");
    }

    [TestMethod]
    public void AFolderWithoutImagesIsNamed()
    {
        Create("images/readme.md", "masks/a.png");
        Refused($"{In("images")} holds no images");
    }

    [TestMethod]
    public void AMissingFolderIsNamed()
    {
        Create("images/a.png");
        Refused($"{In("masks")} is not a folder; masks were expected there");
    }

    [TestMethod]
    public void AFileInPlaceOfAFolderIsNamed()
    {
        Create("images", "masks/a.png");
        Refused(In("images"));
    }

    [TestMethod]
    public void ASplitIsListedUnderTheDataRoot()
    {
        Create("train/a.png", "trainannot/a.png");
        Assert.AreEqual(In("train/a.png"), Dataset.List(Street(_folder), "train").Single().ImagePath);
    }

    [TestMethod]
    public void AnUnknownSplitIsRefused()
    {
        var e = Assert.ThrowsExactly<DatasetException>(() => Dataset.List(Street(_folder), "test"));
        Assert.AreEqual("street.json has no split \"test\"; choose one of train", e.Message);
    }

    [TestMethod]
    public void APipelineWithoutADataRootIsRefused()
    {
        var e = Assert.ThrowsExactly<DatasetException>(() => Dataset.List(Street(null), "train"));
        Assert.AreEqual("street.json does not say where its data is; pass --data DIR or set data.root", e.Message);
    }

    private static Pipeline Street(string? root) => new()
    {
        Name = "street",
        Source = "street.json",
        Classes = new ClassSet([new SegmentationClass { Id = 0, Name = "road", Color = default }]),
        Data = new DataOptions
        {
            Root = root,
            Splits = new Dictionary<string, SplitOptions> { ["train"] = new() { Images = "train", Masks = "trainannot" } },
        },
    };

    private void Refused(string message) =>
        Assert.StartsWith(message, Assert.ThrowsExactly<DatasetException>(() => Dataset.Pair(In("images"), In("masks"))).Message);

    private void Create(params string[] files)
    {
        foreach (string file in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(In(file))!);
            File.WriteAllText(In(file), "");
        }
    }

    private string In(string path) => Path.Combine(_folder, path);
}
