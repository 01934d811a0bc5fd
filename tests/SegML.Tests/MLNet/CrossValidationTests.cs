using Microsoft.ML;
using Microsoft.ML.Data;
using SegML.Evaluation;
using SegML.Masks;
using SegML.MLNet;
using SegML.Tests.Images;

namespace SegML.Tests.MLNet;

/// <summary>Cross validation, with a trainer that is really trained and with one that only counts rows.</summary>
[TestClass]
public sealed class CrossValidationTests
{
    private readonly MLContext _ml = new(seed: 3);

    [TestMethod]
    public void EachFoldHasAModelAndFiguresOnTheRowsOutsideItsTraining()
    {
        using var folder = new TemporaryFolder();
        IDataView data = new TrainerData(folder, _ml).Paths(6);
        var estimator = _ml.Transforms.LoadMasks("Mask", "MaskPath", TrainerData.Classes)
            .Append(_ml.MulticlassClassification.Trainers.ImageSegmentation(TrainerData.Options("ImagePath", epochs: 1)));

        IReadOnlyList<TrainCatalogBase.CrossValidationResult<SegmentationMetrics>> folds =
            _ml.MulticlassClassification.CrossValidateSegmentation(data, estimator, numberOfFolds: 2);

        CollectionAssert.AreEqual(new[] { 0, 1 }, folds.Select(f => f.Fold).ToArray());
        string[] scored = [.. folds.SelectMany(f => f.ScoredHoldOutSet.GetColumn<string>("ImagePath"))];
        CollectionAssert.AreEquivalent(data.GetColumn<string>("ImagePath").ToArray(), scored);
        foreach (TrainCatalogBase.CrossValidationResult<SegmentationMetrics> fold in folds)
        {
            SegmentationMetrics again = _ml.MulticlassClassification.EvaluateSegmentation(fold.Model.Transform(fold.ScoredHoldOutSet));
            Assert.AreEqual(again.ToString(), fold.Metrics.ToString());
            Assert.HasCount(fold.ScoredHoldOutSet.GetColumn<string>("ImagePath").Count(),
                _ml.Data.CreateEnumerable<ImageSegmentationTrainerTests.Prediction>(fold.ScoredHoldOutSet, reuseRowObject: false).ToArray());
            ((IDisposable)fold.Model).Dispose();
        }
    }

    [TestMethod]
    public void MasksInMemoryAreDealtToFoldsByTheSeed()
    {
        int[][] Sizes(int? seed) => [.. Folds(Rows(40), seed: seed).Select(f => Numbers(f.ScoredHoldOutSet))];
        int[][] one = Sizes(1), same = Sizes(1), other = Sizes(2);
        CollectionAssert.AreEquivalent(Enumerable.Range(0, 40).ToArray(), one.SelectMany(n => n).ToArray());
        Assert.IsTrue(one.Zip(same).All(p => p.First.SequenceEqual(p.Second)));
        Assert.IsFalse(one.Zip(other).All(p => p.First.SequenceEqual(p.Second)));
    }

    [TestMethod]
    [DataRow("Drive")]
    [DataRow("DriveNumber")]
    public void RowsOfOneSamplingKeyStayTogether(string key)
    {
        IReadOnlyList<TrainCatalogBase.CrossValidationResult<SegmentationMetrics>> folds = Folds(Rows(60), key: key);
        int[][] drives = [.. folds.Select(f => Numbers(f.ScoredHoldOutSet).Select(n => n / 3).Distinct().ToArray())];
        Assert.AreEqual(20, drives.Sum(d => d.Length), "a drive is in two folds");
        Assert.HasCount(20, drives.SelectMany(d => d).Distinct());
    }

    [TestMethod]
    public void AFoldWithoutRowsIsNamedBeforeAnythingIsTrained()
    {
        var estimator = new CountingEstimator(_ml);
        Assert.Contains("fewer folds", Assert.ThrowsExactly<DatasetException>(() =>
            _ml.MulticlassClassification.CrossValidateSegmentation(Rows(2), estimator, 5)).Message);
        Assert.AreEqual(0, estimator.Fits);
        Assert.Contains("Nothing", Assert.ThrowsExactly<SchemaException>(() => Folds(Rows(9), key: "Nothing")).Message);
    }

    private static int[] Numbers(IDataView rows) => [.. rows.GetColumn<int>("Number")];

    private IReadOnlyList<TrainCatalogBase.CrossValidationResult<SegmentationMetrics>> Folds(IDataView data, string? key = null, int? seed = 1) =>
        _ml.MulticlassClassification.CrossValidateSegmentation(data, new CountingEstimator(_ml), 3, predictedColumnName: "Mask",
            samplingKeyColumnName: key, seed: seed);

    private IDataView Rows(int count) => _ml.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(i => new Row
    {
        Number = i,
        Drive = $"drive {i / 3}",
        DriveNumber = (uint)(i / 3),
        Mask = new SegmentationMask(2, 2, TrainerData.Classes),
    }).ToArray());

    public sealed class Row
    {
        public int Number { get; set; }

        public string Drive { get; set; } = "";

        public uint DriveNumber { get; set; }

        public SegmentationMask? Mask { get; set; }
    }

    /// <summary>Predicts nothing: the true masks stand for predictions.</summary>
    private sealed class CountingEstimator(MLContext ml) : IEstimator<ITransformer>
    {
        private readonly IEstimator<ITransformer> _copy = ml.Transforms.CopyColumns("Copy", "Number");

        public int Fits { get; private set; }

        public ITransformer Fit(IDataView input)
        {
            Fits++;
            return _copy.Fit(input);
        }

        public SchemaShape GetOutputSchema(SchemaShape inputSchema) => _copy.GetOutputSchema(inputSchema);
    }
}
