using System.Collections.Concurrent;
using SegML.Datasets;
using SegML.Images;
using SegML.Masks;
using SegML.Tests.Scoring;

namespace SegML.Tests.Datasets;

[TestClass]
public sealed class DatasetCheckTests
{
    private string _folder = "";

    [TestInitialize]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("segml-check-").FullName;

    [TestCleanup]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void PixelsAreCountedByClass()
    {
        DatasetItem[] items = [Create("a", 7, 5), Create("b", 9, 4)];
        DatasetReport report = DatasetCheck.Run(items, TinyModel.Classes);
        Assert.IsEmpty(report.Faults);
        Assert.AreEqual(2, report.Items);
        CollectionAssert.AreEqual(new long[] { 35 + 36 - 4, 2, 0 }, report.ClassPixels.ToArray());
        Assert.AreEqual(2, report.IgnoredPixels);
    }

    [TestMethod]
    public void EveryFaultIsALine()
    {
        DatasetItem good = Create("good", 8, 8), truncated = Create("truncated", 64, 64), unmapped = Create("unmapped", 8, 8), small = Create("small", 8, 8);
        byte[] image = File.ReadAllBytes(truncated.ImagePath);
        File.WriteAllBytes(truncated.ImagePath, image[..(image.Length / 2)]);
        MaskFile.Write(unmapped.MaskPath, new SegmentationMask(8, 8, [.. Enumerable.Repeat((byte)9, 64)], TinyModel.Classes));
        MaskFile.Write(small.MaskPath, new SegmentationMask(7, 8, TinyModel.Classes));
        var missing = new DatasetItem(good.ImagePath, Path.Combine(_folder, "none.png"));

        DatasetReport report = DatasetCheck.Run([truncated, good, unmapped, missing, small], TinyModel.Classes);

        Assert.HasCount(4, report.Faults);
        Assert.StartsWith(truncated.ImagePath, report.Faults[0]);
        Assert.StartsWith(missing.MaskPath, report.Faults[1]);
        Assert.StartsWith($"{small.MaskPath} is 7x8, but its image {small.ImagePath} is 8x8; ", report.Faults[2]);
        Assert.Contains("value 9", report.Faults[3]);
        Assert.IsTrue(report.Faults.All(f => !f.Contains('\n')));
    }

    [TestMethod]
    public void BothFilesOfAnItemAreLookedAt()
    {
        DatasetItem item = Create("a", 8, 8);
        File.WriteAllText(item.ImagePath, "no image");
        File.WriteAllText(item.MaskPath, "no mask");
        DatasetReport report = DatasetCheck.Run([item], TinyModel.Classes);
        CollectionAssert.IsSubsetOf(new[] { FindingKind.UnreadableImage, FindingKind.UnreadableMask }, report.Findings.Select(f => f.Kind).ToArray());
    }

    [TestMethod]
    public void AValueOfNoClassIsOneFindingWithItsCountAndFirstPosition()
    {
        DatasetItem[] items = [Create("a", 8, 8), Create("b", 8, 8), Create("c", 8, 8)];
        byte[] ids = new byte[64];
        ids[8 * 3 + 5] = ids[60] = 77;
        MaskFile.Write(items[1].MaskPath, new SegmentationMask(8, 8, ids, TinyModel.Classes));
        MaskFile.Write(items[2].MaskPath, new SegmentationMask(8, 8, [.. Enumerable.Repeat((byte)77, 64)], TinyModel.Classes));

        DatasetFinding finding = DatasetCheck.Run(items, TinyModel.Classes).Findings.Single(f => f.Kind == FindingKind.UnknownValue);

        Assert.AreEqual(items[1].MaskPath, finding.Subject);
        Assert.AreEqual(new PixelPosition(5, 3), finding.At);
        Assert.AreEqual((66L, 2), (finding.Pixels, finding.Files));
        Assert.Contains("holds value 77 at (5, 3), and 1 more masks hold it too, 66 pixels in all", finding.Message);
    }

    [TestMethod]
    public void APictureInAMasksPlaceIsOneFinding()
    {
        DatasetItem item = Create("a", 32, 32);
        File.Copy(item.ImagePath, item.MaskPath, overwrite: true);
        DatasetFinding finding = DatasetCheck.Run([item], TinyModel.Classes).Findings.Single(f => f.IsError);
        Assert.AreEqual(FindingKind.UnknownColor, finding.Kind);
        Assert.Contains("1024 colours, the first #", finding.Message);
    }

    [TestMethod]
    public void ChannelsAreMeasuredOverAllPixels()
    {
        DatasetItem dark = Create("dark", 4, 4), light = Create("light", 4, 12);
        Fill(dark, 0);
        Fill(light, 204);
        DatasetReport report = DatasetCheck.Run([dark, light], TinyModel.Classes, options: new DatasetCheckOptions { Measure = true });
        foreach ((double mean, double std) in report.Mean.Zip(report.Std))
        {
            Assert.AreEqual(0.6, mean, 1e-6);
            Assert.AreEqual(0.8 * Math.Sqrt(0.75 * 0.25), std, 1e-6);
        }
        CollectionAssert.AreEqual(new[] { new ImageSizeCount(4, 4, 1), new ImageSizeCount(4, 12, 1) }, report.Sizes.ToArray());
    }

    [TestMethod]
    public void ProgressCountsEveryItemOnce()
    {
        DatasetItem[] items = [.. Enumerable.Range(0, 9).Select(i => Create($"{i}", 4, 4))];
        var seen = new Seen();
        DatasetCheck.Run(items, TinyModel.Classes, seen);
        CollectionAssert.AreEquivalent(Enumerable.Range(1, 9).Select(i => (i, 9)).ToArray(), seen.Reports.ToArray());
    }

    [TestMethod]
    public void ACheckCanBeStopped()
    {
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();
        DatasetItem[] items = [Create("a", 4, 4)];
        Assert.ThrowsExactly<OperationCanceledException>(() => DatasetCheck.Run(items, TinyModel.Classes, cancellation: cancellation.Token));
    }

    /// <summary>A mask of class 0 but for one pixel of class 1 and one ignored.</summary>
    private DatasetItem Create(string name, int width, int height)
    {
        var item = new DatasetItem(Path.Combine(_folder, name + ".image.png"), Path.Combine(_folder, name + ".mask.png"));
        using var image = new RgbaImage(width, height);
        new Random(1).NextBytes(image.Pixels);
        ImageFile.Write(item.ImagePath, image);
        var mask = new SegmentationMask(width, height, TinyModel.Classes);
        mask.Ids[2] = 1;
        mask.Ids[3] = TinyModel.Classes.IgnoreIndex;
        MaskFile.Write(item.MaskPath, mask);
        return item;
    }

    private static void Fill(DatasetItem item, byte level)
    {
        (int width, int height) = ImageFile.ReadSize(item.ImagePath);
        using var image = new RgbaImage(width, height);
        image.Pixels.Fill(level);
        for (int i = 3; i < image.Pixels.Length; i += 4)
        {
            image.Pixels[i] = 255;
        }
        ImageFile.Write(item.ImagePath, image);
    }

    private sealed class Seen : IProgress<(int Done, int Total)>
    {
        public ConcurrentBag<(int, int)> Reports { get; } = [];

        public void Report((int Done, int Total) value) => Reports.Add(value);
    }
}
