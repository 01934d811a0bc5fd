using SegML.Images;
using SegML.Pipelines;
using SegML.Training.Data;
using SegML.Training.Data.Effects;

namespace SegML.Tests.Training;

/// <summary>What is done to colours: each change does what its option says, to the image alone, and on its own.</summary>
[TestClass]
public sealed class DefectTests
{
    private static readonly AugmentationOptions Always = new() { DefectShare = 1 };

    public static IEnumerable<object[]> EachAlone =>
    [
        ["hue", new AugmentationOptions { Hue = 90 }],
        ["gamma", new AugmentationOptions { Gamma = 2 }],
        ["blur", new AugmentationOptions { Blur = 4, DefectShare = 1 }],
        ["noise", new AugmentationOptions { Noise = 0.2, DefectShare = 1 }],
        ["jpeg", new AugmentationOptions { JpegQuality = 5, DefectShare = 1 }],
        ["shadow", new AugmentationOptions { Shadow = 1, DefectShare = 1 }],
    ];

    [TestMethod]
    [DynamicData(nameof(EachAlone))]
    public void ItChangesTheImageAndNotTheMask(string name, AugmentationOptions options)
    {
        int changed = 0;
        for (int seed = 0; seed < 8; seed++)
        {
            (byte[] plain, byte[] ids) = Apply(new AugmentationOptions(), seed);
            (byte[] rgba, byte[] same) = Apply(options, seed);
            CollectionAssert.AreEqual(ids, same, name);
            changed += plain.AsSpan().SequenceEqual(rgba) ? 0 : 1;
            for (int i = 3; i < rgba.Length; i += 4)
            {
                Assert.AreEqual(255, rgba[i]);
            }
        }
        Assert.IsGreaterThan(4, changed, name);
    }

    [TestMethod]
    public void NoDefectHappensWhereTheShareIsNone()
    {
        var all = Always with { Blur = 4, Noise = 0.2, JpegQuality = 5, Shadow = 1, Cutout = 0.5, DefectShare = 0 };
        CollectionAssert.AreEqual(Apply(new AugmentationOptions(), 3).Rgba, Apply(all, 3).Rgba);
    }

    [TestMethod]
    public void WhatIsCutOutIsIgnored()
    {
        int blanked = 0;
        for (int seed = 0; seed < 8; seed++)
        {
            (byte[] plain, byte[] ids) = Apply(new AugmentationOptions(), seed);
            (byte[] rgba, byte[] cut) = Apply(Always with { Cutout = 0.5 }, seed);
            for (int i = 0; i < ids.Length; i++)
            {
                if (cut[i] != ids[i])
                {
                    Assert.AreEqual(255, cut[i]);
                    blanked++;
                }
                byte[] expected = cut[i] == 255 ? [124, 116, 104, 255] : plain[(4 * i)..(4 * i + 4)];
                // A void corner of the scene keeps its colour.
                Assert.IsTrue(ids[i] == 255 || rgba.AsSpan(4 * i, 4).SequenceEqual(expected));
            }
        }
        Assert.IsGreaterThan(100, blanked);
    }

    [TestMethod]
    public void AHueTurnKeepsLumaAndGreyAndComesRound()
    {
        foreach (double degrees in (double[])[-170, -60, 10, 120])
        {
            (double r, double g, double b) = HueTurn.Of(30, 200, 90, degrees);
            Assert.AreEqual(0.299 * 30 + 0.587 * 200 + 0.114 * 90, 0.299 * r + 0.587 * g + 0.114 * b, 1e-9);
            (double grey, _, _) = HueTurn.Of(77, 77, 77, degrees);
            Assert.AreEqual(77, grey, 1e-9);
            (double back, _, _) = HueTurn.Of(r, g, b, -degrees);
            Assert.AreEqual(30, back, 1e-9);
        }
    }

    [TestMethod]
    public void ABlurHasItsDeviationAndKeepsTheMean()
    {
        using var image = new RgbaImage(61, 61);
        image.Pixels.Fill(0);
        image.Row(30).Slice(4 * 30, 4).Fill(255);
        double sum = 0, square = 0;
        // One pixel's light is spread so thin that bytes would lose it: an edge's slope tells the deviation instead.
        for (int y = 0; y < 61; y++)
        {
            for (int x = 0; x < 61; x++)
            {
                image.Row(y).Slice(4 * x, 4).Fill((byte)(x < 30 ? 0 : 255));
            }
        }
        GaussianBlur.Apply(image, 3);
        for (int x = 1; x < 61; x++)
        {
            double step = (image.Row(20)[4 * x] - image.Row(20)[4 * (x - 1)]) / 255.0;
            sum += step;
            square += step * (x - 30) * (x - 30);
        }
        Assert.AreEqual(1, sum, 1e-9);
        Assert.AreEqual(9, square, 0.4);
        using var flat = new RgbaImage(9, 5);
        flat.Pixels.Fill(137);
        GaussianBlur.Apply(flat, 6);
        Assert.IsFalse(flat.Pixels.ContainsAnyExcept((byte)137));
    }

    [TestMethod]
    public void NoiseHasNoMeanAndTheDrawnDeviation()
    {
        using var image = new RgbaImage(200, 200);
        image.Pixels.Fill(128);
        var random = new SampleRandom(1, 2, 3);
        SampleRandom same = random;
        double deviation = 255 * same.Between(0, 0.1);
        GaussianNoise.Apply(image, 0.1, ref random);
        double sum = 0, square = 0;
        int count = 0;
        for (int i = 0; i < image.Pixels.Length; i++)
        {
            if (i % 4 != 3)
            {
                double difference = image.Pixels[i] - 128;
                sum += difference;
                square += difference * difference;
                count++;
            }
        }
        Assert.AreEqual(0, sum / count, 0.15);
        Assert.AreEqual(deviation, Math.Sqrt(square / count), 0.05 * deviation + 0.1);
    }

    [TestMethod]
    public void AShadowDarkensOneArea()
    {
        using var image = new RgbaImage(80, 60);
        int shaded = 0;
        for (int seed = 0; seed < 10; seed++)
        {
            image.Pixels.Fill(200);
            var random = new SampleRandom(seed, 0, 0);
            Shadow.Apply(image, 0.8, ref random);
            byte[] values = [.. image.Pixels.ToArray().Where((_, i) => i % 4 == 0).Distinct()];
            Assert.IsLessThanOrEqualTo(2, values.Length);
            Assert.IsTrue(values.All(v => v is >= 40 and <= 200));
            shaded += values.Length == 2 ? 1 : 0;
        }
        Assert.IsGreaterThan(6, shaded);
    }

    private static (byte[] Rgba, byte[] Ids) Apply(AugmentationOptions options, int seed)
    {
        var augmenter = new Augmenter(options with { CropWidth = 40, CropHeight = 32, ScaleMin = 1.2 }, new InputOptions(), 255);
        (RgbaImage scene, SegML.Masks.SegmentationMask mask) = BoxScenes.Draw(3, 40, 32);
        using (scene)
        using (var image = new RgbaImage(40, 32))
        {
            byte[] ids = new byte[40 * 32];
            augmenter.Apply(new Sample(40, 32, scene.Pixels.ToArray(), mask.Ids.ToArray()), new SampleRandom(seed, 0, 0), image, ids);
            return (image.Pixels.ToArray(), ids);
        }
    }
}
