using System.IO.Compression;
using Microsoft.ML.Data;
using SegML.Images;
using SegML.Masks;
using SegML.MLNet;
using SegML.Scoring;
using SegML.Tests.Images;

namespace SegML.Tests.Scoring;

/// <summary>Wherever an image comes from, its mask and its scores are the same; and so they are in batches.</summary>
[TestClass]
public sealed class SegmenterSourcesTests
{
    private static readonly SegmenterOptions Cpu = new() { Device = ComputeDevice.Cpu, Threads = 1 };

    [TestMethod]
    public void EverySourceGivesTheSameMaskAndScores()
    {
        using var folder = new TemporaryFolder();
        using RgbaImage image = Stripes.Draw(51, 33);
        string path = folder.File("stripes.png");
        ImageFile.Write(path, image);
        byte[] encoded = File.ReadAllBytes(path), bgra = image.Pixels.ToArray();
        for (int i = 0; i < bgra.Length; i += 4)
        {
            (bgra[i], bgra[i + 2]) = (bgra[i + 2], bgra[i]);
        }
        using MLImage rgbaImage = MLImage.CreateFromPixels(51, 33, MLPixelFormat.Rgba32, image.Pixels);
        using MLImage bgraImage = MLImage.CreateFromPixels(51, 33, MLPixelFormat.Bgra32, bgra);
        using Segmenter segmenter = Segmenter.Load(TinyModel.Create(), "tiny.onnx", Cpu);

        using SegmentationMask expected = segmenter.Predict(image);
        Stripes.Check(expected, 51, 33);
        AreEqual(expected, segmenter.Predict(path), segmenter.Predict(encoded, "bytes"), segmenter.Predict(new MemoryStream(encoded), "stream"),
            segmenter.Predict(rgbaImage), segmenter.Predict(bgraImage));
        AreEqual(expected, segmenter.Score(image).ToMask(), segmenter.Score(path).ToMask(), segmenter.Score(encoded, "bytes").ToMask(),
            segmenter.Score(new MemoryStream(encoded), "stream").ToMask(), segmenter.Score(rgbaImage).ToMask(), segmenter.Score(bgraImage).ToMask());
        Assert.AreEqual(51, bgraImage.Width, "the image is still the caller's");
    }

    [TestMethod]
    public void AStreamIsReadFromWhereItStands()
    {
        using RgbaImage image = Stripes.Draw(300, 200);
        var noise = new Random(1);
        foreach (ref byte value in image.Pixels)
        {
            value ^= (byte)noise.Next(16);
        }
        byte[] encoded = ImageFile.EncodePng(image);
        Assert.IsGreaterThan(1 << 16, encoded.Length, "more than one chunk");
        var stream = new MemoryStream([1, 2, 3, .. encoded]) { Position = 3 };
        using RgbaImage read = ImageFile.Read(stream, "upload");
        CollectionAssert.AreEqual(image.Pixels.ToArray(), read.Pixels.ToArray());
        Assert.AreEqual(stream.Length, stream.Position);
        Assert.AreEqual("upload is empty; rewind the stream or check its source",
            Assert.ThrowsExactly<ImageFormatException>(() => ImageFile.Read(stream, "upload")).Message);
    }

    [TestMethod]
    public void AnUnreadableStreamIsOneLine()
    {
        using Segmenter segmenter = Segmenter.Load(TinyModel.Create(), "tiny.onnx", Cpu);
        var e = Assert.ThrowsExactly<ImageFormatException>(() => segmenter.Predict(new MemoryStream([1, 2, 3]), "upload 7"));
        Assert.StartsWith("upload 7 is not an image", e.Message);
        using Stream broken = new GZipStream(new MemoryStream(new byte[99]), CompressionMode.Decompress);
        e = Assert.ThrowsExactly<ImageFormatException>(() => segmenter.Predict(broken, "upload 8"));
        Assert.StartsWith("upload 8 cannot be read (", e.Message);
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    [DataRow(100)]
    public void BatchesGiveTheMasksOfSingleImagesInOrder(int batchSize)
    {
        using Segmenter segmenter = Segmenter.Load(TinyModel.Create(), "tiny.onnx", Cpu with { BatchSize = batchSize });
        (int Width, int Height)[] sizes = [(48, 32), (96, 64), (60, 90), (48, 32), (31, 17), (480, 320), (60, 90), (51, 34)];
        RgbaImage[] images = [.. sizes.Select(s => Stripes.Draw(s.Width, s.Height))];
        for (int i = 0; i < images.Length; i++)
        {
            images[i].Pixels[..(4 * i)].Fill(255);
        }
        IReadOnlyList<SegmentationMask> masks = segmenter.Predict(images);
        Assert.HasCount(images.Length, masks);
        for (int i = 0; i < images.Length; i++)
        {
            AreEqual(segmenter.Predict(images[i]), masks[i]);
            images[i].Dispose();
        }
        Assert.IsEmpty(segmenter.Predict([]));
    }

    [TestMethod]
    public void ABatchOfLessThanOneImageIsRefused() => Assert.ThrowsExactly<ArgumentOutOfRangeException>(
        () => Segmenter.Load(TinyModel.Create(), "tiny.onnx", Cpu with { BatchSize = 0 }));

    private static void AreEqual(SegmentationMask expected, params SegmentationMask[] actual)
    {
        foreach (SegmentationMask mask in actual)
        {
            Assert.AreEqual((expected.Width, expected.Height), (mask.Width, mask.Height));
            CollectionAssert.AreEqual(expected.Ids.ToArray(), mask.Ids.ToArray());
        }
    }
}
