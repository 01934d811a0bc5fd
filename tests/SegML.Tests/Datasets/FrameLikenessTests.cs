using SegML.Datasets;
using SegML.Images;

namespace SegML.Tests.Datasets;

[TestClass]
public sealed class FrameLikenessTests
{
    [TestMethod]
    public void ADrawnFramesCopyIsNearestToItself()
    {
        var frames = Enumerable.Range(0, 50).Select(seed => Look(BlockScene.Image(seed))).ToArray();
        for (int seed = 0; seed < frames.Length; seed++)
        {
            using RgbaImage large = BlockScene.Image(seed, scale: 3);
            FrameLikeness copy = Look(ImageFile.Decode(ImageFile.EncodeJpeg(large, 60), "copy"));
            int[] alike = [.. Enumerable.Range(0, frames.Length).Where(i => copy.DifferenceTo(frames[i]) is not null)];
            CollectionAssert.AreEqual(new[] { seed }, alike);
        }
    }

    [TestMethod]
    public void CamVidsFramesAreKnownFromSmallCopiesAndNotFromOtherDrives()
    {
        if (Repository.CamVid is not { } camVid)
        {
            Assert.Inconclusive("skipped: no shared/data/camvid beside the checkout");
            return;
        }
        string[] train = [.. Directory.GetFiles(Path.Combine(camVid, "train")).Where((_, i) => i % 10 == 0)], val = [.. Directory.GetFiles(Path.Combine(camVid, "val")).Where((_, i) => i % 5 == 0)];
        FrameLikeness[] known = [.. train.AsParallel().AsOrdered().Select(f => Look(ImageFile.Read(f)))];
        foreach (string file in val)
        {
            using RgbaImage frame = ImageFile.Read(file), small = ImageResizer.Resize(frame, 213, 160);
            var likeness = new FrameLikeness(frame);
            Assert.IsNotNull(likeness.DifferenceTo(Look(ImageFile.Decode(ImageFile.EncodeJpeg(small, 40), "copy"))), file);
            Assert.IsFalse(known.Any(k => likeness.DifferenceTo(k) is not null), file);
        }
    }

    private static FrameLikeness Look(RgbaImage image)
    {
        using (image)
        {
            return new FrameLikeness(image);
        }
    }
}
