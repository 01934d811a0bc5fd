using SegML.Images;
using SegML.ImageSharp;
using SegML.Scoring;
using SegML.Tests.Scoring;
using SixLabors.ImageSharp.Formats.Jpeg;

namespace SegML.Tests.Images;

/// <summary>A JPEG that was cut short and closed with an end marker is no whole image.</summary>
[TestClass]
public sealed class JpegScansTests
{
    [TestMethod]
    [DataRow(JpegColorType.YCbCrRatio420)]
    [DataRow(JpegColorType.YCbCrRatio444)]
    [DataRow(JpegColorType.Luminance)]
    [DataRow(JpegColorType.YCbCrRatio411)]
    [DataRow(JpegColorType.Cmyk)]
    public void AWholeOneIsWholeAtEverySizeAndSampling(JpegColorType sampling)
    {
        foreach ((int width, int height) in ((int, int)[])[(1, 1), (7, 9), (16, 16), (17, 31), (100, 75)])
        {
            Assert.AreEqual(1, JpegScans.DecodedShare(Encode(width, height, sampling)), $"{width}x{height}");
        }
    }

    [TestMethod]
    public void TheShareOfACutOneIsWhereItWasCut()
    {
        byte[] whole = Encode(160, 120, JpegColorType.YCbCrRatio420);
        double before = 0;
        foreach (double part in (double[])[0.3, 0.5, 0.7, 0.9])
        {
            double share = JpegScans.DecodedShare(Cut(whole, part));
            Assert.IsTrue(share > before && share < 1 && Math.Abs(share - part) < 0.25, $"cut at {part}: {share}");
            before = share;
        }
    }

    [TestMethod]
    public void AProgressiveOneLacksWhatItsLaterScansWouldHaveAdded()
    {
        byte[] whole = ProgressiveJpeg.Create(400, 400);
        Assert.AreEqual(1, JpegScans.DecodedShare(whole));
        ImageFile.Decode(whole, "progressive.jpg").Dispose();
        double before = 0;
        foreach (double part in (double[])[0.4, 0.6, 0.7])
        {
            double share = JpegScans.DecodedShare(Cut(whole, part));
            Assert.IsTrue(share > before && share < 0.99, $"cut at {part}: {share}");
            before = share;
        }
    }

    [TestMethod]
    public void ACutOneIsRefusedWithItsShareWhereverImagesAreReadAndReadWhereThatIsAsked()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("cut.jpg", Cut(Encode(160, 120, JpegColorType.YCbCrRatio420), 0.5));
        var all = new ImageReadOptions { LeastDecoded = 0 };
        using Segmenter strict = Segmenter.Load(TinyModel.Create(), "tiny.onnx"),
            lenient = Segmenter.Load(TinyModel.Create(), "tiny.onnx", new SegmenterOptions { LeastDecoded = 0 }),
            tiled = Segmenter.Load(TinyModel.Create(), "tiny.onnx", new SegmenterOptions { Tiles = new TileOptions { Size = 64 } });
        foreach (Action read in (Action[])[
            () => ImageFile.Read(path), () => ImageFile.ReadRaster(path), () => ImageFile.Decode(File.ReadAllBytes(path), path),
            () => strict.Predict(path), () => strict.Score(path), () => tiled.Predict(path), () => ImageSharpFile.Read(path)])
        {
            string message = Assert.ThrowsExactly<ImageFormatException>(read).Message;
            StringAssert.Matches(message, new System.Text.RegularExpressions.Regex("cut.jpg is truncated: [4-6][0-9] % of its picture is there, the rest would be made up; copy it again"));
        }
        var told = new List<double>();
        void Tell(string name, double share)
        {
            if (name == path)
            {
                told.Add(share);
            }
        }
        ImageFile.Truncated += Tell;
        try
        {
            ImageFile.Read(path, all).Dispose();
            lenient.Predict(path).Dispose();
        }
        finally
        {
            ImageFile.Truncated -= Tell;
        }
        Assert.HasCount(2, told);
    }

    [TestMethod]
    [DataRow(0.5)]
    [DataRow(1)]
    public void OneWithoutItsEndMarkerIsReadWhereThatIsAskedAlone(double part)
    {
        byte[] cut = Encode(160, 120, JpegColorType.YCbCrRatio420) is var whole ? whole[..((int)(whole.Length * part) - 2)] : [];
        Assert.Contains("a.jpg is truncated", Assert.ThrowsExactly<ImageFormatException>(() => ImageFile.Decode(cut, "a.jpg")).Message);
        using RgbaImage image = ImageFile.Decode(cut, "a.jpg", new ImageReadOptions { LeastDecoded = 0 });
        Assert.AreEqual((160, 120), (image.Width, image.Height));
    }

    [TestMethod]
    public void DamagedScansAreCountedWithoutAnError()
    {
        byte[] whole = Encode(96, 64, JpegColorType.YCbCrRatio420), progressive = ProgressiveJpeg.Create(64, 64);
        var random = new Random(5);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] damaged = [.. i % 2 == 0 ? whole : progressive];
            for (int b = random.Next(4); b >= 0; b--)
            {
                damaged[random.Next(2, damaged.Length)] = (byte)random.Next(256);
            }
            if (random.Next(4) == 0)
            {
                damaged = damaged[..random.Next(2, damaged.Length)];
            }
            Assert.IsTrue(JpegScans.DecodedShare(damaged) is >= 0 and <= 1, $"{i}");
        }
    }

    private static byte[] Cut(byte[] whole, double part) => [.. whole[..(int)(whole.Length * part)], 0xFF, 0xD9];

    private static byte[] Encode(int width, int height, JpegColorType sampling)
    {
        var random = new Random(width * 31 + height);
        using var image = new SixLabors.ImageSharp.Image<SixLabors.ImageSharp.PixelFormats.Rgb24>(width, height);
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                image[x, y] = new((byte)random.Next(256), (byte)(x + y), (byte)random.Next(64));
            }
        }
        using var stream = new MemoryStream();
        image.Save(stream, new JpegEncoder { ColorType = sampling, Quality = 80 });
        return stream.ToArray();
    }
}
