using SegML.Images;
using SegML.Masks;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Tests.Tiles;

namespace SegML.Tests.Scoring;

[TestClass]
public sealed class TestTimeAugmentationTests
{
    [TestMethod]
    public void FlippingAveragesTheProbabilitiesOfBothViews()
    {
        using RgbaImage image = TestImages.Noise(64, 48, seed: 2), mirrored = Mirrored(image);
        using Segmenter plain = Load(new SegmenterOptions()), flipping = Load(new SegmenterOptions { Flip = true });
        using SegmentationScores a = plain.Score(image), b = plain.Score(mirrored), mean = flipping.Score(image);
        float unlike = 0;
        for (int c = 0; c < a.Classes.Count; c++)
        {
            for (int y = 0; y < 48; y++)
            {
                for (int x = 0; x < 64; x++)
                {
                    Assert.AreEqual((a[c, x, y] + b[c, 63 - x, y]) / 2, mean[c, x, y], 1e-5f);
                    unlike = Math.Max(unlike, Math.Abs(a[c, x, y] - b[c, 63 - x, y]));
                }
            }
        }
        Assert.IsGreaterThan(0.01f, unlike, "views that agree would average to themselves");
    }

    /// <summary>Each view by itself, turned by hand, scored plainly and turned back.</summary>
    [TestMethod]
    [DataRow(false, true, false, 2)]
    [DataRow(true, true, false, 4)]
    [DataRow(false, false, true, 4)]
    [DataRow(true, false, true, 8)]
    [DataRow(true, true, true, 8)]
    public void TurnedViewsAreAveragedOnceEach(bool flip, bool verticalFlip, bool rotate, int views)
    {
        var options = new SegmenterOptions { Flip = flip, VerticalFlip = verticalFlip, Rotate90 = rotate };
        Assert.AreEqual(views, options.Views);
        using RgbaImage image = TestImages.Noise(64, 48, seed: 2);
        using Segmenter plain = Load(new SegmenterOptions()), turning = Load(options);
        using SegmentationScores mean = turning.Score(image);
        double[] sum = new double[mean.Values.Length];
        var seen = new HashSet<(bool, int)>();
        foreach (bool mirrored in flip ? (bool[])[false, true] : [false])
        {
            foreach (bool upsideDown in verticalFlip ? (bool[])[false, true] : [false])
            {
                for (int turns = 0; turns < (rotate ? 4 : 1); turns++)
                {
                    // A vertical flip is a mirror image and a half turn.
                    var orientation = (Mirrored: mirrored != upsideDown, Turns: (turns + (upsideDown ? 2 : 0)) % 4);
                    if (seen.Add(orientation))
                    {
                        AddView(plain, image, orientation.Mirrored, orientation.Turns, sum);
                    }
                }
            }
        }
        Assert.HasCount(views, seen);
        for (int i = 0; i < sum.Length; i++)
        {
            Assert.AreEqual(sum[i] / views, mean.Values[i], 1e-5);
        }
    }

    private static void AddView(Segmenter plain, RgbaImage image, bool mirror, int turns, double[] sum)
    {
        (int width, int height) = turns % 2 == 0 ? (image.Width, image.Height) : (image.Height, image.Width);
        using var view = new RgbaImage(width, height);
        for (int i = 0; i < width * height; i++)
        {
            image.Pixels.Slice(4 * From(i), 4).CopyTo(view.Pixels.Slice(4 * i, 4));
        }
        using SegmentationScores scores = plain.Score(view);
        for (int c = 0; c < scores.Classes.Count; c++)
        {
            for (int i = 0; i < width * height; i++)
            {
                sum[c * width * height + From(i)] += scores[c, i % width, i / width];
            }
        }

        int From(int i)
        {
            int x = i % width, y = i / width;
            (x, y) = turns switch { 1 => (y, width - 1 - x), 2 => (width - 1 - x, height - 1 - y), 3 => (height - 1 - y, x), _ => (x, y) };
            return y * image.Width + (mirror ? image.Width - 1 - x : x);
        }
    }

    [TestMethod]
    [DataRow(null)]
    [DataRow(2048)]
    public void AMirroredImageGetsTheMirroredMask(int? tile)
    {
        using RgbaImage image = TestImages.Noise(96, 64, seed: 3), mirrored = Mirrored(image);
        using Segmenter segmenter = Load(new SegmenterOptions
        {
            Flip = true,
            Scales = [0.5, 1, 1.5],
            Tiles = tile is { } size ? new TileOptions { Size = size } : null,
        });
        using SegmentationMask a = segmenter.Predict(image), b = segmenter.Predict(mirrored);
        int same = 0;
        for (int i = 0; i < a.Ids.Length; i++)
        {
            same += a.Ids[i] == b[95 - i % 96, i / 96] ? 1 : 0;
        }
        Assert.IsGreaterThan(a.Ids.Length * 99 / 100, same);
    }

    [TestMethod]
    public void ScalesAreViewsOfThatSize()
    {
        using RgbaImage image = TestImages.Noise(64, 48, seed: 2);
        using Segmenter scaled = Load(new SegmenterOptions { Scales = [0.5] }), plain = Load(new SegmenterOptions());
        using SegmentationScores a = scaled.Score(image), b = plain.Score(image);
        Assert.IsFalse(a.Values.SequenceEqual(b.Values));
        foreach (SegmentationScores scores in new[] { a, b })
        {
            float sum = 0;
            for (int c = 0; c < scores.Classes.Count; c++)
            {
                sum += scores[c, 10, 20];
            }
            Assert.AreEqual(1, sum, 1e-5f);
        }
    }

    [TestMethod]
    public void ScalesOutOfRangeAreRefused()
    {
        foreach (double[] scales in (double[][])[[], [0], [1, 5], [double.NaN]])
        {
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Load(new SegmenterOptions { Scales = scales }));
        }
    }

    [TestMethod]
    public void SmallComponentsAreAbsorbedInEveryWayOfScoring()
    {
        using RgbaImage image = TestImages.Noise(64, 48, seed: 2);
        foreach (TileOptions? tiles in (TileOptions?[])[null, new TileOptions { Size = 144 }])
        {
            using Segmenter segmenter = Load(new SegmenterOptions { MinComponentArea = 30, Connectivity = Connectivity.Four, Tiles = tiles });
            using Segmenter plain = Load(new SegmenterOptions { Tiles = tiles });
            using SegmentationMask before = plain.Predict(image), one = segmenter.Predict(image), listed = segmenter.Predict([image])[0];
            Assert.IsTrue(one.Ids.SequenceEqual(listed.Ids));
            Assert.IsGreaterThan(0, Small(before), "nothing to absorb");
            Assert.AreEqual(0, Small(one));
        }

        static int Small(SegmentationMask mask)
        {
            using ConnectedComponents components = ConnectedComponents.Find(mask, Connectivity.Four);
            return components.Areas.Count(a => a < 30);
        }
    }

    private static Segmenter Load(SegmenterOptions options) =>
        Segmenter.Load(TileModels.UNet, "random.onnx", options with { Device = ComputeDevice.Cpu });

    private static RgbaImage Mirrored(RgbaImage image)
    {
        var mirrored = new RgbaImage(image.Width, image.Height);
        for (int i = 0; i < image.Width * image.Height; i++)
        {
            int to = i - i % image.Width + image.Width - 1 - i % image.Width;
            image.Pixels.Slice(4 * i, 4).CopyTo(mirrored.Pixels.Slice(4 * to, 4));
        }
        return mirrored;
    }
}
