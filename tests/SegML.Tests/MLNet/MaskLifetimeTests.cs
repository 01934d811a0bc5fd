using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Data;
using SegML.Drawing;
using SegML.Images;
using SegML.Masks;
using SegML.MLNet;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Tests.Scoring;

namespace SegML.Tests.MLNet;

/// <summary>Predicted masks are in pooled memory: whoever disposes one must not harm what ML.NET gives next.</summary>
[TestClass]
public sealed class MaskLifetimeTests
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);
    private Photo[] _photos = [];
    private ITransformer _model = null!;
    private IDataView _data = null!;
    private string[] _expected = [];

    [TestInitialize]
    public void Prepare()
    {
        _photos = [.. Enumerable.Range(0, 5).Select(i => new Photo { ImagePath = _folder.File($"{i}.png") })];
        for (int i = 0; i < _photos.Length; i++)
        {
            // Of one size, so that each takes the memory of the one before.
            using RgbaImage image = TestImages.Noise(40, 30, seed: i);
            ImageFile.Write(_photos[i].ImagePath, image);
        }
        _data = _ml.Data.LoadFromEnumerable(_photos);
        _model = _ml.Transforms.ApplySegmentationModel("PredictedMask", "ImagePath", _folder.File("tiny.onnx", TinyModel.Create()))
            .Append(_ml.Transforms.DrawSegmentation("Overlay", "ImagePath")).Fit(_data);
        using Segmenter segmenter = Segmenter.Load(TinyModel.Create(), "tiny.onnx");
        _expected = [.. _photos.Select(p => Print(segmenter.Predict(p.ImagePath)))];
        Assert.AreEqual(_photos.Length, _expected.Distinct().Count());
    }

    [TestCleanup]
    public void Clean() => _folder.Dispose();

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void AnEngineGoesOnAfterItsMaskWasDisposed(bool reuse)
    {
        using PredictionEngine<Photo, Row> engine = _ml.Model.CreatePredictionEngine<Photo, Row>(_model);
        var row = new Row();
        for (int i = 0; i < 2 * _photos.Length; i++)
        {
            if (reuse)
            {
                engine.Predict(_photos[i % _photos.Length], ref row);
            }
            else
            {
                row = engine.Predict(_photos[i % _photos.Length]);
            }
            Check(i % _photos.Length, row);
            row.PredictedMask!.Dispose();
        }
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void RowsGoOnAfterTheirMasksWereDisposed(bool reuse)
    {
        int i = 0;
        foreach (Row row in _ml.Data.CreateEnumerable<Row>(_model.Transform(_data), reuse))
        {
            Check(i++, row);
            row.PredictedMask!.Dispose();
        }
        Assert.AreEqual(_photos.Length, i);
    }

    [TestMethod]
    public void AllRowsKeepTheirMasksUntilTheyAreDisposed()
    {
        Row[] rows = [.. _ml.Data.CreateEnumerable<Row>(_model.Transform(_data), reuseRowObject: false)];
        for (int i = 0; i < rows.Length; i++)
        {
            Check(i, rows[i]);
        }
    }

    [TestMethod]
    public void AFilterSeesTheMaskThatTheRowHas()
    {
        IDataView filtered = _ml.Data.FilterByCustomPredicate<Masked>(_model.Transform(_data), row => Print(row.PredictedMask!) == _expected[1]);
        Row[] rows = [.. _ml.Data.CreateEnumerable<Row>(filtered, reuseRowObject: false)];
        Assert.HasCount(_photos.Length - 1, rows);
        Check(0, rows[0]);
        Check(2, rows[1]);
    }

    private void Check(int i, Row row)
    {
        Assert.AreEqual(_expected[i], Print(row.PredictedMask!));
        using RgbaImage image = ImageFile.Read(_photos[i].ImagePath), overlay = row.PredictedMask!.DrawOver(image);
        Assert.IsTrue(overlay.Pixels.SequenceEqual(row.Overlay!.Pixels));
    }

    private static string Print(SegmentationMask mask) => $"{mask.Width}x{mask.Height} {Convert.ToHexString(SHA256.HashData(mask.Ids))}";

    public sealed class Photo
    {
        public string ImagePath { get; set; } = "";
    }

    public sealed class Masked
    {
        public SegmentationMask? PredictedMask { get; set; }
    }

    public sealed class Row
    {
        public SegmentationMask? PredictedMask { get; set; }

        [AnySizeImage]
        public MLImage? Overlay { get; set; }
    }
}
