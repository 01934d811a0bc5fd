using Microsoft.ML;
using Microsoft.ML.Data;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Training.Data;

namespace SegML.Tests.Scoring;

[TestClass]
public sealed class NetworkImageTests
{
    private static readonly InputOptions Input = new() { Width = 96, Height = 72 };

    [TestMethod]
    public void FilesStreamsAndBytesGiveTheSamePixelsAndTheImagesOwnSize()
    {
        using var folder = new TemporaryFolder();
        byte[] jpeg = Photo();
        string path = folder.File("photo.jpg", jpeg);
        using NetworkImage read = NetworkImage.Read(path, Input), decoded = NetworkImage.Decode(jpeg, "photo", Input),
            streamed = NetworkImage.Read(new MemoryStream(jpeg), "photo", Input);
        foreach (NetworkImage image in new[] { read, decoded, streamed })
        {
            Assert.AreEqual((601, 450), (image.Width, image.Height));
            Assert.AreEqual((96, 72), (image.Pixels.Width, image.Pixels.Height));
            Assert.IsTrue(read.Pixels.Bytes.SequenceEqual(image.Pixels.Bytes));
        }
    }

    [TestMethod]
    public void TrainingGetsThePixelsThatScoringGets()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("photo.jpg", Photo()), maskPath = folder.File("mask.png");
        MaskFile.Write(maskPath, new SegmentationMask(601, 450, TinyModel.Classes));
        var cache = new SampleCache(SampleSource.FromFiles([new(path, maskPath)], TinyModel.Classes), Input, long.MaxValue);
        using NetworkImage scored = NetworkImage.Read(path, Input);
        CollectionAssert.AreEqual(scored.Pixels.Bytes.ToArray(), cache.Get(0).Rgba.ToArray());
        Assert.AreEqual(96 * 72, cache.Get(0).Ids.Length);
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(4)]
    public void RowsInBatchesGetThemToo(int batchSize)
    {
        using var folder = new TemporaryFolder();
        Row[] rows = [.. Enumerable.Range(0, 5).Select(i => new Row { ImagePath = folder.File($"{i}.jpg", Photo(seed: i)) })];
        string model = folder.File("tiny.onnx", TinyModel.Create(TinyModel.Info with { Input = Input }));
        using Segmenter segmenter = Segmenter.Load(model);
        var ml = new MLContext(seed: 1);
        IDataView data = ml.Data.LoadFromEnumerable(rows);
        IDataView scored = ml.Transforms.ApplySegmentationModel("Mask", "ImagePath", model, new SegmenterOptions { BatchSize = batchSize })
            .Fit(data).Transform(data);
        SegmentationMask[] masks = [.. scored.GetColumn<SegmentationMask>("Mask")];
        for (int i = 0; i < rows.Length; i++)
        {
            CollectionAssert.AreEqual(segmenter.Predict(rows[i].ImagePath).Ids.ToArray(), masks[i].Ids.ToArray());
        }
    }

    [TestMethod]
    public void AnImageInHandStaysTheCallersAndOneTakenDoesNot()
    {
        using RgbaImage sized = TestImages.Gradient(96, 72), large = TestImages.Gradient(400, 300);
        NetworkImage.Of(sized, Input).Dispose();
        NetworkImage.Of(large, Input).Dispose();
        Assert.AreEqual(96 * 72 * 4, sized.Pixels.Length);
        Assert.AreEqual(400 * 300 * 4, large.Pixels.Length);
        NetworkImage taken = NetworkImage.Take(large, Input);
        Assert.ThrowsExactly<ObjectDisposedException>(() => large.Pixels.Length);
        Assert.AreEqual((400, 300), (taken.Width, taken.Height));
        taken.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => taken.Pixels.Bytes.Length);
    }

    private static byte[] Photo(int seed = 2)
    {
        using RgbaImage image = TestImages.Noise(601, 450, seed);
        return ImageFile.EncodeJpeg(image);
    }

    private sealed class Row
    {
        public string ImagePath { get; set; } = "";
    }
}
