using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Data;
using SegML.Images;
using SegML.Masks;
using SegML.MLNet;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Tests.Scoring;

namespace SegML.Tests.MLNet;

/// <summary>Scoring of encoded images, several rows ahead at a time.</summary>
[TestClass]
public sealed class ApplySegmentationModelInBatchesTests
    : EstimatorContract<ApplySegmentationModelInBatchesTests.Input, ApplySegmentationModelInBatchesTests.Output>
{
    protected override string InputColumnName => nameof(Input.Image);

    protected override string OutputColumnName => nameof(Output.Shares);

    protected override Input[] Rows => [.. Enumerable.Range(0, 6).Select(i => new Input { Id = i, Name = $"row {i}", Image = Encoded(i) })];

    protected override Input BadRow => new() { Image = [1, 2, 3] };

    [TestMethod]
    public void BatchesGiveWhatSingleRowsGiveAndKeepTheOtherColumns()
    {
        IDataView data = Load(Rows);
        IDataView one = Create(batchSize: 1).Fit(data).Transform(data), four = Create(batchSize: 4).Fit(data).Transform(data);
        CollectionAssert.AreEqual(Everything(one), Everything(four));
        CollectionAssert.AreEqual(one.GetColumn<string>("Name").ToArray(), four.GetColumn<string>("Name").ToArray());
    }

    [TestMethod]
    public void SixRowsOfOneSizeTakeTwoRuns()
    {
        IDataView data = Load([.. Enumerable.Range(0, 6).Select(i => new Input { Image = Encoded(i, width: 30) })]);
        IDataView scored = Create(batchSize: 4).Fit(data).Transform(data);
        Assert.AreEqual(2, RunCount.Of(() => Outputs(scored)));
    }

    [TestMethod]
    public void RowsThatArePassedOverAreNotMistakenForOthers()
    {
        IDataView data = Load(Rows);
        IDataView scored = Create(batchSize: 4).Fit(data).Transform(data);
        string[] expected = Outputs(scored);
        using DataViewRowCursor cursor = scored.GetRowCursor(scored.Schema);
        ValueGetter<SegmentationMask> getMask = cursor.GetGetter<SegmentationMask>(scored.Schema["PredictedMask"]);
        ValueGetter<VBuffer<float>> getShares = cursor.GetGetter<VBuffer<float>>(scored.Schema["Shares"]);
        for (int row = 0; cursor.MoveNext(); row++)
        {
            if (row is 0 or 2 or 5)
            {
                SegmentationMask mask = null!;
                VBuffer<float> shares = default;
                getMask(ref mask);
                getShares(ref shares);
                Assert.AreEqual(expected[row], Print(new Output { PredictedMask = mask, Shares = [.. shares.DenseValues()] }));
            }
        }
    }

    [TestMethod]
    public void AnImageAtFaultIsAtFaultWhenItsRowComes()
    {
        Input[] rows = Rows;
        rows[2].Image = [1, 2, 3];
        IDataView data = Load(rows);
        IDataView scored = Create(batchSize: 4).Fit(data).Transform(data);
        int seen = 0;
        var e = Assert.ThrowsExactly<ImageFormatException>(() =>
        {
            foreach (Output _ in ML.Data.CreateEnumerable<Output>(scored, reuseRowObject: false))
            {
                seen++;
            }
        });
        StringAssert.Contains(e.Message, "row 2");
        Assert.AreEqual(2, seen);
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(4)]
    public void TheLimitOfPixelsHoldsInBatchesToo(int batchSize)
    {
        IDataView data = Load([new Input { Image = Encoded(0, width: 30) }]);
        IDataView scored = Create(batchSize, maxPixels: 899).Fit(data).Transform(data);
        var e = Assert.ThrowsExactly<ImageFormatException>(() => Outputs(scored));
        StringAssert.Contains(e.Message, "above the limit of 899");
    }

    protected override IEstimator<ITransformer> Create(string inputColumnName) => Create(4, inputColumnName);

    protected override string Print(Output output) =>
        $"{output.PredictedMask!.Width}x{output.PredictedMask.Height} {Convert.ToHexString(SHA256.HashData(output.PredictedMask.Ids))} "
        + string.Join(' ', output.Shares);

    protected override IEstimator<ITransformer> FromFiles(Input row, ref string imagePath, ref string maskPath)
    {
        File.WriteAllBytes(imagePath, row.Image);
        return ML.Transforms.LoadRawImageBytes("Image", imageFolder: null, "ImagePath");
    }

    private IEstimator<ITransformer> Create(int batchSize, string inputColumnName = "Image", long maxPixels = 1000_000) =>
        ML.Transforms.ApplySegmentationModel(new ApplySegmentationModelEstimator.Options
        {
            InputColumnName = inputColumnName,
            ModelFile = Folder.File("model.onnx", TinyModel.Create()),
            SharesColumnName = "Shares",
            Segmenter = new SegmenterOptions { BatchSize = batchSize, Threads = 1, MaxPixels = maxPixels },
        });

    private static string[] Everything(IDataView view)
    {
        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
        Func<string>[] columns = RowText.Of(cursor);
        var rows = new List<string>();
        ValueGetter<DataViewRowId> getId = cursor.GetIdGetter();
        DataViewRowId id = default;
        while (cursor.MoveNext())
        {
            getId(ref id);
            rows.Add($"{cursor.Position} {id} {string.Join("; ", columns.Select(c => c()))}");
        }
        return [.. rows];
    }

    private static byte[] Encoded(int i, int? width = null)
    {
        using RgbaImage image = TestImages.Noise(width ?? 40 + 3 * i, 30 - (width is null ? i : 0), seed: i);
        return ImageFile.EncodePng(image);
    }

    public sealed class Input : IIdentified
    {
        public float Id { get; set; }

        public string Name { get; set; } = "";

        public byte[] Image { get; set; } = [];
    }

    public sealed class Output
    {
        public SegmentationMask? PredictedMask { get; set; }

        public float[] Shares { get; set; } = [];
    }
}
