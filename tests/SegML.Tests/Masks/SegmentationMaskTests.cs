using SegML.Images;
using SegML.Masks;
using SegML.Scoring;
using SegML.Tests.Scoring;

namespace SegML.Tests.Masks;

[TestClass]
public sealed class SegmentationMaskTests
{
    [TestMethod]
    public void SharesLeaveOutWhatIsIgnored()
    {
        byte ignore = TinyModel.Classes.IgnoreIndex;
        using var mask = new SegmentationMask(4, 2, [0, 0, 0, 2, ignore, ignore, ignore, ignore], TinyModel.Classes);
        CollectionAssert.AreEqual(new[] { 0.75, 0, 0.25 }, mask.Shares());
        using var nothing = new SegmentationMask(1, 2, [ignore, ignore], TinyModel.Classes);
        CollectionAssert.AreEqual(new double[3], nothing.Shares());
    }

    [TestMethod]
    public void ADisposedMaskSaysSo()
    {
        byte[] ids = [0, 1, 2, 0];
        var mask = new SegmentationMask(2, 2, ids, TinyModel.Classes);
        mask.Dispose();
        mask.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => mask.Ids.Length);
        Assert.ThrowsExactly<ObjectDisposedException>(() => mask[0, 0]);
        Assert.ThrowsExactly<ObjectDisposedException>(() => mask.Shares());
        Assert.ThrowsExactly<ObjectDisposedException>(() => mask.Resize(1, 1));
        CollectionAssert.AreEqual(new byte[] { 0, 1, 2, 0 }, ids, "the array is still the caller's");
    }

    [TestMethod]
    public void TheNextMaskTakesADisposedOnesMemory()
    {
        using Segmenter segmenter = Segmenter.Load(TinyModel.Create(), "tiny.onnx");
        using RgbaImage image = Stripes.Draw(300, 200);
        SegmentationMask first = segmenter.Predict(image), second = segmenter.Predict(image);
        Assert.IsFalse(first.Ids.Overlaps(second.Ids), "both are in use");
        Assert.AreEqual(300 * 200, first.Ids.Length);
        Span<byte> memory = second.Ids;
        second.Dispose();
        using SegmentationMask third = segmenter.Predict(image);
        Assert.IsTrue(third.Ids.Overlaps(memory));
        Stripes.Check(first, 300, 200);
        Assert.ThrowsExactly<ObjectDisposedException>(() => second.Ids.Length);
    }
}
