using Microsoft.ML;
using SegML.Images;
using SegML.Masks;
using SegML.MLNet;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Tests.Scoring;

namespace SegML.Tests.MLNet;

/// <summary>One segmenter for whoever uses a transformer, whichever of them disposes it when.</summary>
[TestClass]
public sealed class SharedSegmenterTests
{
    [TestMethod]
    public void ClosingFreesWhatNobodyUses()
    {
        SharedSegmenter shared = Create();
        Segmenter first = shared.Current;
        shared.Close();
        shared.Close();
        Assert.ThrowsExactly<ObjectDisposedException>(() => Predict(first));
        Assert.AreEqual("tiny", shared.Info.Name);
        using SharedSegmenter.Lease lease = shared.Rent();
        Assert.AreNotSame(first, lease.Segmenter);
        Predict(lease.Segmenter);
    }

    [TestMethod]
    public void ClosingWaitsForTheCallsUnderWay()
    {
        SharedSegmenter shared = Create();
        SharedSegmenter.Lease one = shared.Rent(), two = shared.Rent();
        shared.Close();
        Predict(one.Segmenter);
        one.Dispose();
        Predict(two.Segmenter);
        SharedSegmenter.Lease later = shared.Rent();
        two.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => Predict(two.Segmenter));
        Predict(later.Segmenter);
        later.Dispose();
        Predict(shared.Current);
        shared.Close();
    }

    [TestMethod]
    public void ThreadsPredictWhileOthersDispose()
    {
        using var folder = new TemporaryFolder();
        using RgbaImage image = TestImages.Noise(40, 30, seed: 1);
        ImageFile.Write(folder.File("image.png"), image);
        var ml = new MLContext();
        IDataView data = ml.Data.LoadSegmentationPairs([new(folder.File("image.png"), "")]);
        ITransformer model = ml.Transforms
            .ApplySegmentationModel("PredictedMask", "ImagePath", folder.File("tiny.onnx", TinyModel.Create())).Fit(data);
        byte[] expected = Score(ml, model, folder.File("image.png"));
        Task.WaitAll([.. Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(() =>
        {
            for (int i = 0; i < 10; i++)
            {
                // Each engine disposes the transformer that all share.
                CollectionAssert.AreEqual(expected, Score(ml, model, folder.File("image.png")));
            }
        }, TaskCreationOptions.LongRunning))]);
    }

    private static byte[] Score(MLContext ml, ITransformer model, string path)
    {
        using PredictionEngine<Photo, Scored> engine = ml.Model.CreatePredictionEngine<Photo, Scored>(model);
        using SegmentationMask mask = engine.Predict(new Photo { ImagePath = path }).PredictedMask!;
        return mask.Ids.ToArray();
    }

    private static SharedSegmenter Create() => new(TinyModel.Create(), "tiny", new SegmenterOptions { Threads = 1 });

    private static void Predict(Segmenter segmenter)
    {
        using RgbaImage image = TestImages.Noise(8, 8, seed: 1);
        using SegmentationMask mask = segmenter.Predict(image);
        Assert.AreEqual(8, mask.Width);
    }

    public sealed class Photo
    {
        public string ImagePath { get; set; } = "";
    }

    public sealed class Scored
    {
        public SegmentationMask? PredictedMask { get; set; }
    }
}
