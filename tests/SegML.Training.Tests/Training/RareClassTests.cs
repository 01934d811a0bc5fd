using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Training.Data;

namespace SegML.Tests.Training;

/// <summary>Crops and pasted objects that are aimed at rare classes.</summary>
[TestClass]
public sealed class RareClassTests
{
    [TestMethod]
    public void EveryAimedCropShowsTheRareClass()
    {
        Augmenter augmenter = Augmenter(new AugmentationOptions { RareShare = 1, RareClasses = ["box"] }, out SampleCache cache);
        int centred = 0;
        for (int seed = 0; seed < 40; seed++)
        {
            byte[] ids = Ids(augmenter, cache.Get(0), seed);
            Assert.Contains((byte)2, ids);
            centred += ids[8 * 16 + 8] == 2 ? 1 : 0;
        }
        // At scales from 1.5 on the only box is away from the sides: its pixels are at the centre.
        Assert.AreEqual(40, centred);
    }

    [TestMethod]
    public void ItsShareOfCropsIsAimed()
    {
        Augmenter half = Augmenter(new AugmentationOptions { RareShare = 0.5, RareClasses = ["box"] }, out SampleCache cache),
            none = Augmenter(new AugmentationOptions(), out _);
        int same = Enumerable.Range(0, 200).Count(seed => Ids(half, cache.Get(0), seed).AsSpan().SequenceEqual(Ids(none, cache.Get(0), seed)));
        Assert.IsTrue(same is > 75 and < 125, $"{same} of 200 crops are where they were");
    }

    [TestMethod]
    public void AllPlacesOfARareClassAreDrawn()
    {
        Augmenter(new AugmentationOptions { RareShare = 1 }, out SampleCache cache);
        RareClasses rare = RareClasses.Find(Pipeline(new AugmentationOptions { RareShare = 1, RareClasses = ["box"] }), cache)!;
        Sample sample = cache.Get(0);
        var random = new SampleRandom(1, 2, 3);
        var seen = new HashSet<(int X, int Y)>();
        for (int i = 0; i < 400; i++)
        {
            (int x, int y) = rare.PixelOf(sample, ref random)!.Value;
            Assert.AreEqual(2, sample.Ids[y * sample.Width + x]);
            seen.Add((x, y));
        }
        Assert.HasCount(sample.Ids.Count((byte)2), seen);
    }

    [TestMethod]
    public void UnnamedTheyAreThoseWithFewPixels()
    {
        Augmenter(new AugmentationOptions(), out SampleCache cache);
        RareClasses rare = RareClasses.Find(Pipeline(new AugmentationOptions { RareShare = 1 }), cache)!;
        CollectionAssert.AreEqual(new byte[] { 2 }, rare.Ids.ToArray());
        Assert.IsNull(RareClasses.Find(Pipeline(new AugmentationOptions()), cache));
    }

    [TestMethod]
    public void ASampleWithoutARareClassIsCroppedAnywhere()
    {
        Augmenter aimed = Augmenter(new AugmentationOptions { RareShare = 1, RareClasses = ["box"] }, out _), plain = Augmenter(new AugmentationOptions(), out _);
        var empty = new Sample(40, 32, new byte[4 * 40 * 32], new byte[40 * 32]);
        CollectionAssert.AreEqual(Ids(plain, empty, 3), Ids(aimed, empty, 3));
    }

    [TestMethod]
    public void APastedObjectBringsItsColourAndItsClass()
    {
        // Sample 1 has no box of its own.
        Augmenter augmenter = Augmenter(new AugmentationOptions { CopyPaste = 1, RareClasses = ["box"], Brightness = 0, Contrast = 0, Saturation = 0, ChannelGain = 0 },
            out SampleCache cache);
        int pasted = 0;
        for (int seed = 0; seed < 60; seed++)
        {
            using var image = new RgbaImage(40, 32);
            byte[] ids = new byte[40 * 32];
            augmenter.Apply(cache.Get(1), new SampleRandom(seed, 0, 1), image, ids);
            for (int i = 0; i < ids.Length; i++)
            {
                byte red = image.Pixels[4 * i];
                if (ids[i] == 2)
                {
                    Assert.IsGreaterThanOrEqualTo(119, red);
                    pasted++;
                }
                else if (ids[i] == 0)
                {
                    Assert.IsLessThanOrEqualTo(161, red);
                }
            }
        }
        Assert.IsGreaterThan(200, pasted);

        Augmenter Augmenter(AugmentationOptions options, out SampleCache cache) => RareClassTests.Augmenter(options with { CropWidth = 40, CropHeight = 32 }, out cache);
    }

    [TestMethod]
    public void ANameThatIsNoClassIsRefused()
    {
        var fault = Assert.ThrowsExactly<PipelineFormatException>(Pipeline(new AugmentationOptions { RareShare = 1, RareClasses = ["bicycle"] }).Validate);
        Assert.Contains("bicycle", fault.Message);
        Assert.Contains("sky, ground, box", fault.Message);
    }

    private static byte[] Ids(Augmenter augmenter, Sample sample, int seed)
    {
        using var image = new RgbaImage(augmenter.Width, augmenter.Height);
        byte[] ids = new byte[augmenter.Width * augmenter.Height];
        augmenter.Apply(sample, new SampleRandom(seed, 0, 0), image, ids);
        return ids;
    }

    private static Augmenter Augmenter(AugmentationOptions options, out SampleCache cache)
    {
        cache = new SampleCache(new SampleSource(2, i => Draw(box: i == 0)), BoxScenes.Pipeline.Input, 1 << 20);
        return SegML.Training.Data.Augmenter.Of(Pipeline(options), cache);
    }

    private static Pipeline Pipeline(AugmentationOptions options) => BoxScenes.Pipeline with
    {
        Training = BoxScenes.Pipeline.Training with
        {
            Augmentation = options with
            {
                ScaleMin = 1.5,
                ScaleMax = 2,
                CropWidth = options.CropWidth > 0 ? options.CropWidth : 16,
                CropHeight = options.CropHeight > 0 ? options.CropHeight : 16,
            },
        },
    };

    /// <summary>Dim sky above dim ground, and perhaps a bright box in the middle.</summary>
    private static (RgbaImage Image, SegmentationMask Mask) Draw(bool box)
    {
        var image = new RgbaImage(40, 32);
        var mask = new SegmentationMask(40, 32, BoxScenes.Classes);
        for (int i = 0; i < 40 * 32; i++)
        {
            bool inside = box && i % 40 is >= 16 and < 24 && i / 40 is >= 12 and < 20;
            mask.Ids[i] = (byte)(inside ? 2 : i / 40 < 16 ? 0 : 1);
            image.Pixels.Slice(4 * i, 4).Fill((byte)(inside ? 200 : 40));
        }
        return (image, mask);
    }
}
