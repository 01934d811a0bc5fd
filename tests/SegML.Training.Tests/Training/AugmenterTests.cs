using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Training.Data;

namespace SegML.Tests.Training;

[TestClass]
public sealed class AugmenterTests
{
    private static readonly AugmentationOptions Nothing = new()
    {
        ScaleMin = 1,
        ScaleMax = 1,
        Flip = 0,
        Brightness = 0,
        Contrast = 0,
        Saturation = 0,
        ChannelGain = 0,
    };

    [TestMethod]
    public void WithNothingToDrawItIsTheSample()
    {
        Sample sample = Scene(40, 32);
        (byte[] rgba, byte[] ids) = Apply(sample, Nothing, 40, 32);
        CollectionAssert.AreEqual(sample.Rgba.ToArray(), rgba);
        CollectionAssert.AreEqual(sample.Ids.ToArray(), ids);
    }

    [TestMethod]
    public void AFlipMirrorsImageAndMask()
    {
        Sample sample = Scene(40, 32);
        (byte[] rgba, byte[] ids) = Apply(sample, Nothing with { Flip = 1 }, 40, 32);
        for (int y = 0; y < 32; y++)
        {
            for (int x = 0; x < 40; x++)
            {
                int here = y * 40 + x, there = y * 40 + 39 - x;
                Assert.AreEqual(sample.Ids[there], ids[here]);
                Assert.IsTrue(sample.Rgba.Slice(4 * there, 4).SequenceEqual(rgba.AsSpan(4 * here, 4)));
            }
        }
    }

    [TestMethod]
    public void AVerticalFlipTurnsImageAndMaskUpsideDown() =>
        Assert.AreEqual((0, true), TurnOf(Apply(Scene(40, 32), Nothing with { VerticalFlip = 1 }, 40, 32)));

    [TestMethod]
    public void TurnsAreOfAllDirectionsAndExact()
    {
        var seen = new HashSet<(int Turns, bool UpsideDown)>();
        for (int seed = 0; seed < 30; seed++)
        {
            // The crop has the sides of the sample that is turned on its side; other turns show a part of it.
            if (TurnOf(Apply(Scene(40, 32), Nothing with { Rotate90 = 1, VerticalFlip = 0.5 }, 32, 40, seed)) is { } turn)
            {
                seen.Add(turn);
            }
            if (TurnOf(Apply(Scene(40, 32), Nothing with { Rotate90 = 1 }, 40, 32, seed)) is { } half)
            {
                Assert.AreEqual((2, false), half);
                seen.Add(half);
            }
        }
        CollectionAssert.AreEquivalent(new[] { (1, false), (3, false), (1, true), (3, true), (2, false) }, seen.ToArray());
    }

    [TestMethod]
    public void NewTurnsLeaveColourAsItWas()
    {
        Sample grey = new(8, 8, [.. Enumerable.Repeat<byte>(100, 256)], new byte[64]);
        var options = Nothing with { Brightness = 0.2, Contrast = 0.5 };
        for (int seed = 0; seed < 5; seed++)
        {
            CollectionAssert.AreEqual(Apply(grey, options, 8, 8, seed).Rgba, Apply(grey, options with { VerticalFlip = 0.5, Rotate90 = 0.5 }, 8, 8, seed).Rgba);
        }
    }

    // Which exact turn of the scene a crop is, brute force: clockwise quarter turns after an upside-down flip. Null: none of them.
    private static (int Turns, bool UpsideDown)? TurnOf((byte[] Rgba, byte[] Ids) crop)
    {
        Sample sample = Scene(40, 32);
        for (int turns = 0; turns < 4; turns++)
        {
            foreach (bool upsideDown in (bool[])[false, true])
            {
                bool equal = true;
                int width = turns % 2 == 0 ? 40 : 32, height = 72 - width;
                for (int i = 0; i < crop.Ids.Length && equal; i++)
                {
                    int x = i % width, y = i / width;
                    (int u, int v) = turns switch { 1 => (y, width - 1 - x), 2 => (width - 1 - x, height - 1 - y), 3 => (height - 1 - y, x), _ => (x, y) };
                    int from = (upsideDown ? 31 - v : v) * 40 + u;
                    equal = crop.Ids[i] == sample.Ids[from] && sample.Rgba.Slice(4 * from, 4).SequenceEqual(crop.Rgba.AsSpan(4 * i, 4));
                }
                if (equal)
                {
                    return (turns, upsideDown);
                }
            }
        }
        return null;
    }

    [TestMethod]
    public void OutsideTheSampleIsMeanColourAndIgnored()
    {
        Sample sample = Scene(10, 8);
        (byte[] rgba, byte[] ids) = Apply(sample, Nothing, 30, 20);
        byte[] mean = [124, 116, 104, 255];
        int inside = 0;
        for (int i = 0; i < ids.Length; i++)
        {
            bool isVoid = rgba.AsSpan(4 * i, 4).SequenceEqual(mean);
            inside += isVoid ? 0 : 1;
            Assert.IsTrue(!isVoid || ids[i] == 255);
        }
        // Where the sample's edge lies between two crop pixels, one of them shows it.
        Assert.AreEqual(80, inside);
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    [DataRow(4)]
    public void ImageAndMaskStayTogether(int seed)
    {
        // Flat colours that tell the class: whatever scale, place and flip are drawn, colour and id agree away from edges.
        Sample sample = Flat(60, 50);
        var options = Nothing with { ScaleMin = 0.5, ScaleMax = 2, Flip = 0.5, VerticalFlip = seed / 5.0, Rotate90 = seed / 4.0 };
        (byte[] rgba, byte[] ids) = Apply(sample, options, 48, 36, seed);
        int checkedPixels = 0;
        for (int y = 0; y < 36; y++)
        {
            for (int x = 0; x < 48; x++)
            {
                int i = y * 48 + x;
                byte red = rgba[4 * i], id = ids[i];
                if (id != 255 && red is 40 or 200)
                {
                    Assert.AreEqual(red == 200 ? 1 : 0, id, $"({x}, {y})");
                    checkedPixels++;
                }
            }
        }
        Assert.IsGreaterThan(400, checkedPixels);
    }

    [TestMethod]
    public void ScaleTwoShowsEachPixelTwice()
    {
        Sample sample = Flat(60, 50);
        (_, byte[] ids) = Apply(sample, Nothing with { ScaleMin = 2, ScaleMax = 2 }, 120, 100);
        for (int i = 0; i < ids.Length; i++)
        {
            int x = i % 120 / 2, y = i / 120 / 2;
            Assert.AreEqual(sample.Ids[y * 60 + x], ids[i]);
        }
    }

    [TestMethod]
    public void ColourChangesAreLinearAndClamped()
    {
        // Every grey once.
        var greys = new Sample(16, 16, [.. Enumerable.Range(0, 256).SelectMany(v => Enumerable.Repeat((byte)v, 4))], new byte[256]);
        var slopes = new List<double>();
        int black = 0, white = 0;
        for (int seed = 0; seed < 50; seed++)
        {
            (byte[] rgba, _) = Apply(greys, Nothing with { Brightness = 0.2, Contrast = 0.5 }, 16, 16, seed);
            byte[] values = [.. rgba.Where((_, i) => i % 4 == 0)];
            // 127.5 + (v - 127.5) * contrast + brightness: contrast of 0.5 to 1.5, brightness of at most 51 either way.
            double slope = (values[150] - values[100]) / 50.0, middle = (values[127] + values[128]) / 2.0;
            Assert.IsTrue(slope is >= 0.47 and <= 1.53 && Math.Abs(middle - 127.5) <= 52, $"seed {seed}: {slope}, {middle}");
            for (int v = 0; v < 256; v++)
            {
                double exact = Math.Clamp(middle + (v - 127.5) * slope, 0, 255);
                Assert.AreEqual(exact, values[v], 1.1 + Math.Abs(v - 127.5) * 0.021, $"seed {seed}, grey {v}");
                Assert.IsTrue(rgba[4 * v] == rgba[4 * v + 1] && rgba[4 * v] == rgba[4 * v + 2] && rgba[4 * v + 3] == 255, "grey stays grey, opaque");
            }
            slopes.Add(slope);
            black += values[3] == 0 ? 1 : 0;
            white += values[252] == 255 ? 1 : 0;
        }
        Assert.IsTrue(slopes.Min() < 0.65 && slopes.Max() > 1.35, $"{slopes.Min()} to {slopes.Max()}");
        Assert.IsTrue(black > 5 && white > 5, $"{black} and {white} of 50 are clamped at the ends");
    }

    private static (byte[] Rgba, byte[] Ids) Apply(Sample sample, AugmentationOptions options, int width, int height, int seed = 1)
    {
        var augmenter = new Augmenter(options with { CropWidth = width, CropHeight = height }, new InputOptions(), 255);
        using var image = new RgbaImage(width, height);
        byte[] ids = new byte[width * height];
        augmenter.Apply(sample, new SampleRandom(seed, 0, 0), image, ids);
        return (image.Pixels.ToArray(), ids);
    }

    private static Sample Scene(int width, int height)
    {
        (RgbaImage image, SegmentationMask mask) = BoxScenes.Draw(3, width, height);
        using (image)
        {
            return new Sample(width, height, image.Pixels.ToArray(), mask.Ids.ToArray());
        }
    }

    private static Sample Flat(int width, int height)
    {
        byte[] ids = [.. Enumerable.Range(0, width * height).Select(i => (byte)(i % width > width / 3 ^ i / width > height / 2 ? 1 : 0))];
        return new Sample(width, height, [.. ids.SelectMany(id => new byte[] { (byte)(id == 1 ? 200 : 40), 90, 90, 255 })], ids);
    }
}
