using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using SegML.Images;
using SegML.Masks;
using SegML.MLNet;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Tests.Masks;
using SegML.Tests.Scoring;

namespace SegML.Tests.MLNet;

/// <summary>Images and masks that are in memory already.</summary>
[TestClass]
public sealed class LoadSegmentationImagesTests
{
    private readonly MLContext _ml = new(seed: 1);

    [TestMethod]
    public void ImagesOfAnySizeAreRowsAndStayTheCallers()
    {
        (MLImage Image, SegmentationMask Mask)[] items = [.. Enumerable.Range(0, 3).Select(i => (TestImages.MLNoise(4 + i, 3, seed: i), TestMasks.Noise(4 + i, 3, i)))];
        IDataView view = _ml.Data.LoadSegmentationImages(items);

        Assert.AreEqual(new ImageDataViewType(), view.Schema["Image"].Type);
        Assert.AreEqual(SegmentationMaskDataViewType.Instance, view.Schema["Mask"].Type);
        CollectionAssert.AreEqual(TestMasks.Classes.Names.ToArray(), Names(view.Schema["Mask"]));
        for (int pass = 0; pass < 2; pass++)
        {
            Row[] rows = [.. _ml.Data.CreateEnumerable<Row>(view, reuseRowObject: false)];
            for (int i = 0; i < items.Length; i++)
            {
                Assert.AreSame(items[i].Image, rows[i].Image);
                Assert.AreSame(items[i].Mask, rows[i].Mask);
            }
        }
        foreach ((MLImage image, _) in items)
        {
            Assert.AreEqual(image.Width * image.Height * 4, image.Pixels.Length);
            image.Dispose();
        }
    }

    [TestMethod]
    public void EncodedImagesAreScoredAndEvaluated()
    {
        byte[] model = TinyModel.Create();
        using var folder = new TemporaryFolder();
        using Segmenter segmenter = Segmenter.Load(model, "tiny");
        (byte[] Image, SegmentationMask Mask)[] items = [.. Enumerable.Range(0, 3).Select(i =>
        {
            using RgbaImage image = TestImages.Noise(20 + i, 16, seed: i);
            return (ImageFile.EncodePng(image), segmenter.Predict(image));
        })];
        IDataView view = _ml.Data.LoadSegmentationImages(items);
        IDataView scored = _ml.Transforms.ApplySegmentationModel("PredictedMask", "Image", folder.File("tiny.onnx", model)).Fit(view).Transform(view);
        Assert.AreEqual(1, _ml.MulticlassClassification.EvaluateSegmentation(scored).PixelAccuracy);
        CollectionAssert.AreEqual(TinyModel.Classes.Names.ToArray(), Names(scored.Schema["Mask"]));
    }

    [TestMethod]
    public void NoRowsAndMixedClassesAreOneClearLine()
    {
        StringAssert.Contains(Assert.ThrowsExactly<DatasetException>(() =>
            _ml.Data.LoadSegmentationImages(Array.Empty<(byte[], SegmentationMask)>())).Message, "is empty");
        SegmentationMask other = new(1, 1, TinyModel.Classes);
        StringAssert.Contains(Assert.ThrowsExactly<DatasetException>(() => _ml.Data.LoadSegmentationImages(
            [(Array.Empty<byte>(), TestMasks.Noise(1, 1, 0)), (Array.Empty<byte>(), other)])).Message, "mask 1");
    }

    private static string[] Names(DataViewSchema.Column column)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.GetSlotNames(ref names);
        return [.. names.DenseValues().Select(n => n.ToString())];
    }

    public sealed class Row
    {
        [AnySizeImage]
        public MLImage? Image { get; set; }

        public SegmentationMask? Mask { get; set; }
    }
}
