using Microsoft.ML;
using SegML.Images;
using SegML.Instances;
using SegML.MLNet;
using SegML.Scoring;
using SegML.Scoring.Detection;
using SegML.Tests.Images;
using DataType = SegML.Onnx.Protobuf.TensorProto.Types.DataType;

namespace SegML.Tests.Adoption;

/// <summary>Stand-ins for YOLO segmentation models whose boxes and prototypes are constants, so that what comes of them is known.</summary>
[TestClass]
public sealed class InstanceSegmenterTests
{
    private const int Side = 64, Map = 16;

    private readonly TemporaryFolder _folder = new();

    [TestCleanup]
    public void DeleteFolder() => _folder.Dispose();

    [TestMethod]
    public void AnchorsAreSuppressedAndMasksCutAtTheirBoxes()
    {
        // Centre, size, scores of two classes, two coefficients: an object, nearly the same one, one of the other class there, and one too uncertain.
        float[][] anchors = [[20, 32, 16, 16, 0.9f, 0, 1, 0], [21, 32, 16, 16, 0.8f, 0, 1, 0], [20, 32, 16, 16, 0, 0.7f, 1, 0], [50, 32, 8, 8, 0.2f, 0, 1, 0], [50, 32, 8, 8, 0, 0.6f, -1, 0]];
        float[] boxes = [.. Enumerable.Range(0, 8).SelectMany(row => anchors.Select(a => a[row]))];
        using InstanceSegmenter segmenter = Load(boxes, [1, 8, anchors.Length], new DetectionOptions());
        // Twice as wide as high: in the network's 64x64 it has bars of 16 pixels above and below.
        using RgbaImage image = ForeignModel.Stripes(128, 64);
        IReadOnlyList<SegmentationInstance> found = segmenter.Instances(image);
        Assert.HasCount(2, found);
        Assert.AreEqual(("person", 0.9f), (found[0].ClassName, found[0].Score));
        Assert.AreEqual("car", found[1].ClassName);
        // 12 to 28 and 24 to 40 less the bar, twice as large.
        Assert.AreEqual(new PixelBounds(24, 16, 32, 32), found[0].Bounds);
        Assert.AreEqual(32 * 32, found[0].Area);
    }

    [TestMethod]
    public void AnEndToEndHeadIsTakenAsItIs()
    {
        float[] rows = [12, 24, 28, 40, 0.9f, 1, 1, 0, 12, 24, 28, 40, 0.8f, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        using InstanceSegmenter segmenter = Load(rows, [1, 3, 8], new DetectionOptions { MostInstances = 5 });
        using RgbaImage image = ForeignModel.Stripes(64, 64);
        IReadOnlyList<SegmentationInstance> found = segmenter.Instances(image);
        Assert.HasCount(2, found);
        Assert.AreEqual(("car", new PixelBounds(12, 24, 16, 16)), (found[0].ClassName, found[0].Bounds));
    }

    [TestMethod]
    public void AnAppHasARowForEachObject()
    {
        float[] rows = [12, 24, 28, 40, 0.9f, 1, 1, 0, 40, 24, 56, 40, 0.6f, 0, 1, 0];
        using InstanceSegmenter segmenter = Load(rows, [1, 2, 8], new DetectionOptions());
        string path = _folder.File("photo.png");
        using RgbaImage image = ForeignModel.Stripes(64, 64);
        ImageFile.Write(path, image);
        var ml = new MLContext();
        IDataView photos = ml.Data.LoadFromEnumerable([new Photo { ImagePath = path }, new Photo(), new Photo { ImagePath = path }]);
        IDataView images = ml.Transforms.LoadImages("Image", imageFolder: null, "ImagePath").Fit(photos).Transform(ml.Data.TakeRows(photos, 1));
        Found[] found = [.. ml.Data.CreateEnumerable<Found>(ml.Data.SplitIntoInstances(photos, segmenter, "ImagePath", "ImagePath"), reuseRowObject: false)];
        CollectionAssert.AreEqual(new[] { (0L, "car", 0.9f, 12), (0L, "person", 0.6f, 40), (2L, "car", 0.9f, 12), (2L, "person", 0.6f, 40) },
            found.Select(f => (f.SourceRow, f.ClassName, f.Score, f.X)).ToArray());
        Assert.IsTrue(found.All(f => f.ImagePath == path));
        Found[] ofImages = [.. ml.Data.CreateEnumerable<Found>(ml.Data.SplitIntoInstances(images, segmenter, "Image", "ImagePath"), reuseRowObject: false)];
        CollectionAssert.AreEqual(found[..2].Select(f => (f.ClassName, f.Score, f.X)).ToArray(), ofImages.Select(f => (f.ClassName, f.Score, f.X)).ToArray());
        Assert.ThrowsExactly<SchemaException>(() => ml.Data.SplitIntoInstances(photos, segmenter, "Nowhere"));
    }

    [TestMethod]
    public void ItIsStoppedAndDisposedOfWhileItScores()
    {
        InstanceSegmenter[] shared = [Any(), Any(), Any()];
        using RgbaImage image = ForeignModel.Stripes(64, 64);
        int found = 0;
        Parallel.For(0, 600, i =>
        {
            if (i % 20 == 0)
            {
                Interlocked.Exchange(ref shared[i % 3], Any()).Dispose();
                return;
            }
            try
            {
                Interlocked.Add(ref found, Volatile.Read(ref shared[i % 3]).Instances(image).Count);
            }
            catch (ObjectDisposedException)
            {
                // It came after the disposal.
            }
        });
        Assert.IsGreaterThan(300, found);
        Assert.ThrowsExactly<OperationCanceledException>(() => shared[0].Instances(image, new CancellationToken(canceled: true)));
        Array.ForEach(shared, s => s.Dispose());
        Assert.ThrowsExactly<ObjectDisposedException>(() => shared[0].Instances(image));

        InstanceSegmenter Any() => Load([12, 24, 28, 40, 0.9f, 1, 1, 0], [1, 1, 8], new DetectionOptions { Session = new SegmenterOptions { Threads = 1 } });
    }

    [TestMethod]
    public void OtherModelsAreRefused()
    {
        string semantic = _folder.File("m.onnx", Scoring.TinyModel.Create());
        Assert.Contains("give a YOLO segmentation model", Assert.ThrowsExactly<ModelFormatException>(() => InstanceSegmenter.Load(semantic)).Message);
        using InstanceSegmenter odd = Load(new float[7 * 5], [1, 7, 5], new DetectionOptions());
        using RgbaImage image = ForeignModel.Stripes(64, 64);
        Assert.Contains("give a model whose boxes are [1, 8, N] or [1, N, 8]", Assert.ThrowsExactly<ModelFormatException>(() => odd.Instances(image)).Message);
    }

    // The first prototype is 1 everywhere, the second 0.
    private InstanceSegmenter Load(float[] boxes, long[] shape, DetectionOptions options)
    {
        float[] prototypes = new float[2 * Map * Map];
        prototypes.AsSpan(0, Map * Map).Fill(1);
        ForeignModel model = new ForeignModel().Input("images", DataType.Float, 1, 3, Side, Side).Floats("b", boxes, shape).Floats("p", prototypes, 1, 2, Map, Map)
            .Node("Identity", "b", "output0").Node("Identity", "p", "output1").Output("output0", DataType.Float, shape).Output("output1", DataType.Float, 1, 2, Map, Map);
        model.Metadata["names"] = "{0: 'person', 1: 'car'}";
        return InstanceSegmenter.Load(_folder.File($"{Guid.NewGuid():N}.onnx", model.Bytes()), options);
    }
    public sealed class Photo
    {
        public string ImagePath { get; set; } = "";
    }

    public sealed class Found
    {
        public string ImagePath { get; set; } = "";

        public long SourceRow { get; set; }

        public string ClassName { get; set; } = "";

        public float Score { get; set; }

        public int X { get; set; }
    }
}
