using Microsoft.ML;
using Microsoft.ML.Data;
using SegML.Datasets;
using SegML.Images;
using SegML.Masks;
using SegML.MLNet;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Tests.Scoring;

namespace SegML.Tests.MLNet;

/// <summary>Probabilities and area shares beside the mask, and the device that they are computed on.</summary>
[TestClass]
public sealed class ApplySegmentationModelColumnsTests
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);
    private string _model = "";
    private IDataView _data = null!;

    [TestInitialize]
    public void Create()
    {
        _model = _folder.File("model.onnx", TinyModel.Create());
        DatasetItem[] items = [.. Enumerable.Range(0, 3).Select(i =>
        {
            using RgbaImage image = TestImages.Noise(40 + 3 * i, 30 - i, seed: i);
            ImageFile.Write(_folder.File($"{i}.png"), image);
            return new DatasetItem(_folder.File($"{i}.png"), "");
        })];
        _data = _ml.Data.LoadSegmentationPairs(items);
    }

    [TestCleanup]
    public void Clean() => _folder.Dispose();

    [TestMethod]
    public void ScoresAndSharesAreTheSegmentersAndTheNetworkRunsOnceARow()
    {
        using Segmenter segmenter = Segmenter.Load(_model);
        IDataView scored = Scored();
        Row[] rows = [];
        Assert.AreEqual(3, RunCount.Of(() => rows = [.. _ml.Data.CreateEnumerable<Row>(scored, reuseRowObject: false, ignoreMissingColumns: true)]));
        for (int i = 0; i < rows.Length; i++)
        {
            using SegmentationScores scores = segmenter.Score(_folder.File($"{i}.png"));
            using SegmentationMask mask = segmenter.Predict(_folder.File($"{i}.png"));
            CollectionAssert.AreEqual(mask.Ids.ToArray(), rows[i].PredictedMask!.Ids.ToArray());
            CollectionAssert.AreEqual(scores.Values.ToArray(), rows[i].Score);
            CollectionAssert.AreEqual(mask.Shares().Select(s => (float)s).ToArray(), rows[i].Shares);
        }
    }

    [TestMethod]
    public void PathsBytesAndImagesGiveTheSameScores()
    {
        IDataView bytes = _ml.Transforms.LoadRawImageBytes("Image", null, "ImagePath").Fit(_data).Transform(_data);
        IDataView images = _ml.Transforms.LoadImages("Image", null, "ImagePath").Fit(_data).Transform(_data);
        float[][] expected = [.. Scored().GetColumn<float[]>("Score")];
        foreach (IDataView view in (IDataView[])[bytes, images])
        {
            float[][] scores = [.. Scored(view, "Image").GetColumn<float[]>("Score")];
            for (int i = 0; i < expected.Length; i++)
            {
                CollectionAssert.AreEqual(expected[i], scores[i]);
            }
        }
    }

    [TestMethod]
    public void SharesCanBeAskedForAfterTheMaskWasDisposedAndWithoutIt()
    {
        IDataView scored = Scored();
        float[][] expected = [.. _ml.Data.CreateEnumerable<Row>(scored, reuseRowObject: false, ignoreMissingColumns: true).Select(r => r.Shares)];
        using DataViewRowCursor cursor = scored.GetRowCursor([scored.Schema["PredictedMask"], scored.Schema["Shares"]]);
        ValueGetter<SegmentationMask> getMask = cursor.GetGetter<SegmentationMask>(scored.Schema["PredictedMask"]);
        ValueGetter<VBuffer<float>> getShares = cursor.GetGetter<VBuffer<float>>(scored.Schema["Shares"]);
        for (int i = 0; cursor.MoveNext(); i++)
        {
            SegmentationMask mask = null!;
            VBuffer<float> shares = default;
            getMask(ref mask);
            mask.Dispose();
            getShares(ref shares);
            CollectionAssert.AreEqual(expected[i], shares.DenseValues().ToArray());
        }
        float[][] alone = [.. scored.GetColumn<float[]>("Shares")];
        CollectionAssert.AreEqual(expected[2], alone[2]);
    }

    [TestMethod]
    public void SharesConcatenateIntoFeaturesThatKnowTheClasses()
    {
        IDataView features = _ml.Transforms.Concatenate("Features", "Shares").Fit(Scored()).Transform(Scored());
        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Single, 3), features.Schema["Features"].Type);
        VBuffer<ReadOnlyMemory<char>> names = default;
        features.Schema["Features"].GetSlotNames(ref names);
        CollectionAssert.AreEqual(TinyModel.Classes.Names.ToArray(), names.DenseValues().Select(n => n.ToString().Split('.')[^1]).ToArray());
        Assert.AreEqual(1, features.GetColumn<float[]>("Features").First().Sum(), 1e-6);
    }

    [TestMethod]
    public void DecodingTheScoresGivesTheMask()
    {
        IDataView scored = Scored();
        IDataView decoded = _ml.Transforms.OneHotDecodeMask("Decoded", "Score", TinyModel.Classes, "PredictedMask").Fit(scored).Transform(scored);
        foreach (Row row in _ml.Data.CreateEnumerable<Row>(decoded, reuseRowObject: false, ignoreMissingColumns: true))
        {
            CollectionAssert.AreEqual(row.PredictedMask!.Ids.ToArray(), row.Decoded!.Ids.ToArray());
        }
    }

    [TestMethod]
    public void ColumnsNeedNamesOfTheirOwn()
    {
        var e = Assert.ThrowsExactly<ArgumentException>(() => _ml.Transforms.ApplySegmentationModel(
            new ApplySegmentationModelEstimator.Options { ModelFile = _model, ScoreColumnName = "A", SharesColumnName = "A" }));
        StringAssert.Contains(e.Message, "PredictedMask, A, A");
    }

    [TestMethod]
    public void TheDeviceIsTheContextsAndIsNotSaved()
    {
        if (Microsoft.ML.OnnxRuntime.OrtEnv.Instance().GetAvailableProviders().Contains("CUDAExecutionProvider"))
        {
            Assert.Inconclusive("skipped: this build of ONNX Runtime has CUDA");
        }
        var wants = new MLContext { GpuDeviceId = 0, FallbackToCpu = false };
        var tries = new MLContext { GpuDeviceId = 0, FallbackToCpu = true };
        Assert.ThrowsExactly<DeviceException>(() => wants.Transforms.ApplySegmentationModel("PredictedMask", "ImagePath", _model));
        ApplySegmentationModelTransformer fallen = tries.Transforms.ApplySegmentationModel("PredictedMask", "ImagePath", _model).Fit(_data);
        ApplySegmentationModelTransformer told = wants.Transforms
            .ApplySegmentationModel("PredictedMask", "ImagePath", _model, new SegmenterOptions { Device = ComputeDevice.Cpu }).Fit(_data);
        Assert.AreEqual(ComputeDevice.Cpu, fallen.Segmenter.Device);
        Assert.AreEqual(ComputeDevice.Cpu, told.Segmenter.Device);
        Assert.AreEqual(fallen.ToSaved().Settings, told.ToSaved().Settings);

        // What asked for a GPU when it was saved loads where there is none; who asks for one at loading is told.
        tries.Model.Save(fallen, _data.Schema, _folder.File("gpu.zip"));
        Assert.IsNotNull(new MLContext().Model.Load(_folder.File("gpu.zip"), out _));
        Assert.IsNotNull(tries.Model.Load(_folder.File("gpu.zip"), out _));
        Exception e = Assert.Throws<Exception>(() => wants.Model.Load(_folder.File("gpu.zip"), out _));
        Assert.IsInstanceOfType<DeviceException>(e.GetBaseException());
    }

    [TestMethod]
    public void WhatChangesTheMasksIsSaved() =>
        IsSaved(new SegmenterOptions { Flip = true, VerticalFlip = true, Rotate90 = true, Scales = [0.5, 1], MinComponentArea = 7, BatchSize = 3, Threads = 1 });

    [TestMethod]
    public void TilesAreSaved() =>
        IsSaved(new SegmenterOptions { Tiles = new TileOptions { Size = 16, Overlap = 4, AbovePixels = 900 }, MaxPixels = 5000 });

    private void IsSaved(SegmenterOptions options)
    {
        using ApplySegmentationModelTransformer model =
            _ml.Transforms.ApplySegmentationModel("PredictedMask", "ImagePath", _model, options).Fit(_data);
        SavedTransformer saved = model.ToSaved();
        using var loaded = (ApplySegmentationModelTransformer)saved.ToTransformer(_ml);
        Assert.AreEqual(saved.Settings, loaded.ToSaved().Settings);
        using ApplySegmentationModelTransformer plain = _ml.Transforms.ApplySegmentationModel("PredictedMask", "ImagePath", _model).Fit(_data);
        Assert.AreNotEqual(saved.Settings, plain.ToSaved().Settings);

        string[] expected = Masks(model), got = Masks(loaded);
        CollectionAssert.AreEqual(expected, got);
        CollectionAssert.AreNotEqual(expected, Masks(plain));

        string[] Masks(ITransformer transformer) =>
            [.. transformer.Transform(_data).GetColumn<SegmentationMask>("PredictedMask").Select(m => Convert.ToHexString(m.Ids))];
    }

    [TestMethod]
    public void ScoringAPhotoAllocatesLittleWhereMasksAreDisposed()
    {
        using (RgbaImage image = TestImages.Gradient(480, 360))
        {
            ImageFile.Write(_folder.File("photo.jpg"), image);
        }
        ITransformer model = _ml.Transforms
            .ApplySegmentationModel("PredictedMask", "ImagePath", _model, new SegmenterOptions { Threads = 1 }).Fit(_data);
        using PredictionEngine<Photo, Mask> engine = _ml.Model.CreatePredictionEngine<Photo, Mask>(model);
        var photo = new Photo { ImagePath = _folder.File("photo.jpg") };
        Score(5);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Score(20);
        long each = (GC.GetAllocatedBytesForCurrentThread() - before) / 20;
        Console.WriteLine($"{each} bytes");
        Assert.IsLessThan(16L << 10, each);

        void Score(int times)
        {
            for (int i = 0; i < times; i++)
            {
                using SegmentationMask mask = engine.Predict(photo).PredictedMask!;
            }
        }
    }

    private IDataView Scored() => Scored(_data, "ImagePath");

    private IDataView Scored(IDataView data, string images) => _ml.Transforms.ApplySegmentationModel(new ApplySegmentationModelEstimator.Options
    {
        InputColumnName = images,
        ModelFile = _model,
        ScoreColumnName = "Score",
        SharesColumnName = "Shares",
    }).Fit(data).Transform(data);

    public sealed class Photo
    {
        public string ImagePath { get; set; } = "";
    }

    public sealed class Mask
    {
        public SegmentationMask? PredictedMask { get; set; }
    }

    public sealed class Row
    {
        public SegmentationMask? PredictedMask { get; set; }

        public float[] Score { get; set; } = [];

        public float[] Shares { get; set; } = [];

        public SegmentationMask? Decoded { get; set; }
    }
}
