using SegML.Datasets;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Tests.Images;
using SegML.Tests.Training;
using SegML.Training.Data;

namespace SegML.Tests.Cli;

/// <summary><c>segml data augment</c>: a sheet to look at, or an enlarged set.</summary>
[TestClass]
public sealed class AugmentTests
{
    private TemporaryFolder _folder = null!;
    private string _pipeline = null!;

    [TestInitialize]
    public void Create()
    {
        _folder = new TemporaryFolder();
        var data = new DataOptions
        {
            Root = _folder.Path,
            Splits = new Dictionary<string, SplitOptions> { ["train"] = BoxSceneFiles.Draw(_folder, "images", "masks", count: 3) },
        };
        _pipeline = _folder.File("p.json");
        File.WriteAllText(_pipeline, PipelineFile.ToJson(BoxScenes.Pipeline with { Data = data }));
    }

    [TestCleanup]
    public void Remove() => _folder.Dispose();

    [TestMethod]
    public void TheSheetHasALineASampleAndAColumnAVersion()
    {
        Segml.Result result = Segml.Run("data", "augment", _pipeline, "--out", _folder.Path, "--versions", "2", "--set", "training.augmentation.rotation=30");
        Assert.AreEqual(0, result.Code, result.Error);
        using RgbaImage sheet = ImageFile.Read(_folder.File("augment.png"));
        Assert.AreEqual((3 * 246 + 6, 3 * (2 * 180 + 12) + 6), (sheet.Width, sheet.Height));
        // The original's sky is blue below its overlay and in it; so much of each cell is not the background.
        Assert.IsGreaterThan(sheet.Width * sheet.Height / 2, Enumerable.Range(0, sheet.Width * sheet.Height).Count(i => sheet.Pixels[4 * i] != 24));
    }

    [TestMethod]
    public void TheEnlargedSetIsWhatTrainingSees()
    {
        string folder = _folder.File("more");
        Segml.Result result = Segml.Run("data", "augment", _pipeline, "--out", folder, "--count", "4", "--set", "training.augmentation.noise=0.2", "training.augmentation.defectShare=1");
        Assert.AreEqual(0, result.Code, result.Error);
        Assert.Contains("12 samples of 32x24", result.Output);
        Pipeline pipeline = PipelineFile.Read(_pipeline, null, ["training.augmentation.noise=0.2", "training.augmentation.defectShare=1"]);
        Assert.HasCount(12, Directory.GetFiles(Path.Combine(folder, "images")));
        using RgbaImage written = ImageFile.Read(Path.Combine(folder, "images/2_0003.png"));
        SegmentationMask mask = MaskFile.Read(Path.Combine(folder, "masks/2_0003.png"), pipeline.Classes);
        (RgbaImage image, SegmentationMask truth) = new SampleAugmenter(pipeline, SampleSource.FromFiles(Dataset.List(pipeline, "train"), pipeline.Classes)).Draw(2, 3);
        using (image)
        {
            CollectionAssert.AreEqual(image.Pixels.ToArray(), written.Pixels.ToArray());
            CollectionAssert.AreEqual(truth.Ids.ToArray(), mask.Ids.ToArray());
        }
    }

    [TestMethod]
    public void FaultsAreOneLine()
    {
        Segml.Fails(2, Segml.Run("data", "augment", _pipeline, "--out", _folder.Path, "--count", "0"), "--count and --versions are at least 1");
        Segml.Fails(2, Segml.Run("data", "augment", _pipeline, "--out", _folder.Path, "--split", "tain"), "no split \"tain\"");
        Segml.Fails(2, Segml.Run("data", "augment", _pipeline, "--out", _folder.Path, "--set", "training.augmentation.rareShare=1", "training.augmentation.rareClasses=[\"car\"]"),
            "\"car\" in training.augmentation.rareClasses, which is no class; choose from sky, ground, box");
    }
}
