using SegML.Images;
using SegML.Pipelines;
using SegML.Training.Data;

namespace SegML.Tests.Training;

/// <summary>Rotation, perspective and elastic shift: image and mask are read from the same places.</summary>
[TestClass]
public sealed class GeometryTests
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

    private static readonly AugmentationOptions Everything = Nothing with
    {
        ScaleMin = 0.6,
        ScaleMax = 2,
        Flip = 0.5,
        Rotation = 40,
        Perspective = 0.2,
        Elastic = 6,
        ElasticCell = 16,
        VerticalFlip = 0.5,
        Rotate90 = 0.75,
    };

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    [DataRow(4)]
    [DataRow(5)]
    [DataRow(6)]
    public void ImageAndMaskStayTogether(int seed)
    {
        // Away from edges a colour tells the class, wherever it has gone.
        Sample sample = Flat(80, 60);
        (byte[] rgba, byte[] ids) = Apply(sample, Everything, 64, 48, seed);
        int checkedPixels = 0;
        for (int i = 0; i < ids.Length; i++)
        {
            byte red = rgba[4 * i];
            if (ids[i] != 255 && red is 40 or 200)
            {
                Assert.AreEqual(red == 200 ? 1 : 0, ids[i], $"({i % 64}, {i / 64})");
                checkedPixels++;
            }
        }
        Assert.IsGreaterThan(400, checkedPixels);
    }

    [TestMethod]
    public void TheMaskIsReadWhereTheColourIs()
    {
        // Each pixel's place is its colour: the colour at a place must lie within a pixel of the id's own place.
        byte[] rgba = new byte[4 * 64 * 64], ids = new byte[64 * 64];
        for (int i = 0; i < ids.Length; i++)
        {
            (rgba[4 * i], rgba[4 * i + 1], rgba[4 * i + 3]) = ((byte)(4 * (i % 64)), (byte)(4 * (i / 64)), 255);
            ids[i] = (byte)(i % 64 / 8 + i / 64 / 8 * 8);
        }
        (byte[] warped, byte[] mask) = Apply(new Sample(64, 64, rgba, ids), Everything, 64, 64, 9);
        for (int i = 0; i < mask.Length; i++)
        {
            if (mask[i] != 255)
            {
                double x = warped[4 * i] / 4.0 + 0.5, y = warped[4 * i + 1] / 4.0 + 0.5;
                int left = mask[i] % 8 * 8, top = mask[i] / 8 * 8;
                Assert.IsTrue(x >= left - 0.7 && x <= left + 8.7 && y >= top - 0.7 && y <= top + 8.7, $"({x}, {y}) has id {mask[i]}");
            }
        }
        Assert.IsGreaterThan(32, mask.Distinct().Count());
    }

    [TestMethod]
    public void AWarpOfNothingIsTheUprightCrop()
    {
        Sample sample = Flat(80, 60);
        var options = Nothing with { ScaleMin = 1.3, ScaleMax = 1.3, Flip = 0.5, VerticalFlip = 0.5, Rotate90 = 0.5 };
        for (int seed = 0; seed < 6; seed++)
        {
            (byte[] upright, byte[] ids) = Apply(sample, options, 64, 48, seed);
            (byte[] warped, byte[] warpedIds) = Apply(sample, options with { Rotation = 1e-9 }, 64, 48, seed);
            CollectionAssert.AreEqual(ids, warpedIds);
            for (int i = 0; i < upright.Length; i++)
            {
                Assert.IsLessThanOrEqualTo(1, Math.Abs(upright[i] - warped[i]));
            }
        }
    }

    [TestMethod]
    public void OutsideTheSampleIsIgnored()
    {
        (byte[] rgba, byte[] ids) = Apply(Flat(40, 40), Nothing with { Rotation = 180, Perspective = 0.2 }, 60, 60, 3);
        int outside = ids.Count(id => id == 255);
        Assert.IsGreaterThan(1000, outside);
        for (int i = 0; i < ids.Length; i++)
        {
            Assert.AreEqual(ids[i] == 255, rgba.AsSpan(4 * i, 4).SequenceEqual<byte>([124, 116, 104, 255]));
        }
    }

    [TestMethod]
    public void AHomographyTakesTheCornersToTheQuad()
    {
        (double X, double Y)[] quad = [(3, -2), (50, 4), (46, 41), (-5, 33)];
        Homography map = Homography.ToQuad(48, 36, quad);
        (double X, double Y)[] corners = [(0, 0), (48, 0), (48, 36), (0, 36)];
        for (int i = 0; i < 4; i++)
        {
            (double x, double y) = corners[i];
            double w = map.G * x + map.H * y + 1;
            Assert.AreEqual(quad[i].X, (map.A * x + map.B * y + map.C) / w, 1e-9);
            Assert.AreEqual(quad[i].Y, (map.D * x + map.E * y + map.F) / w, 1e-9);
        }
    }

    [TestMethod]
    public void AnElasticShiftIsSmallSmoothAndNeverFoldsOver()
    {
        var random = new SampleRandom(1, 2, 3);
        ElasticGrid grid = ElasticGrid.Draw(6.4, 16, 100, 70, ref random);
        float greatest = 0;
        for (int y = 0; y < 70; y++)
        {
            grid.MoveTo(y);
            float before = float.NegativeInfinity;
            for (int x = 0; x < 100; x++)
            {
                (float shift, _) = grid.At(x);
                Assert.IsLessThanOrEqualTo(6.4f, Math.Abs(shift));
                Assert.IsGreaterThan(before, x + shift);
                before = x + shift;
                greatest = Math.Max(greatest, Math.Abs(shift));
            }
        }
        Assert.IsGreaterThan(2f, greatest);
    }

    private static (byte[] Rgba, byte[] Ids) Apply(Sample sample, AugmentationOptions options, int width, int height, int seed)
    {
        var augmenter = new Augmenter(options with { CropWidth = width, CropHeight = height }, new InputOptions(), 255);
        using var image = new RgbaImage(width, height);
        byte[] ids = new byte[width * height];
        augmenter.Apply(sample, new SampleRandom(seed, 0, 0), image, ids);
        return (image.Pixels.ToArray(), ids);
    }

    private static Sample Flat(int width, int height)
    {
        byte[] ids = [.. Enumerable.Range(0, width * height).Select(i => (byte)(i % width > width / 3 ^ i / width > height / 2 ? 1 : 0))];
        return new Sample(width, height, [.. ids.SelectMany(id => new byte[] { (byte)(id == 1 ? 200 : 40), 90, 90, 255 })], ids);
    }
}
