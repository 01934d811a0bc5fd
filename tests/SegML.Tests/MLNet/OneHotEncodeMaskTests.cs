using Microsoft.ML;
using SegML.Masks;
using SegML.Tests.Masks;
using SegML.Tests.Scoring;

namespace SegML.Tests.MLNet;

[TestClass]
public sealed class OneHotEncodeMaskTests : EstimatorContract<OneHotEncodeMaskTests.Input, OneHotEncodeMaskTests.Output>
{
    protected override string InputColumnName => nameof(Input.Mask);

    protected override string OutputColumnName => nameof(Output.OneHot);

    protected override Input[] Rows => [.. Enumerable.Range(0, 6).Select(i => new Input { Id = i, Mask = TestMasks.Noise(5 + i, 4, seed: i) })];

    protected override Input BadRow => new() { Mask = new SegmentationMask(2, 2, TinyModel.Classes) };

    [TestMethod]
    public void AClassKeepsItsPlaneWhicheverOthersOccur()
    {
        // Only the classes 0 and 2 and an ignored pixel: by rank, 2 would land in plane 1.
        byte ignore = TinyModel.Classes.IgnoreIndex;
        var mask = new SegmentationMask(2, 2, [2, 0, ignore, 2], TinyModel.Classes);
        IDataView data = Load(new Input { Mask = mask });
        float[] planes = ML.Data.CreateEnumerable<Output>(
            ML.Transforms.OneHotEncodeMask("OneHot", "Mask", TinyModel.Classes).Fit(data).Transform(data), false).Single().OneHot;
        CollectionAssert.AreEqual(new float[] { 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1 }, planes);
    }

    [TestMethod]
    public void ARowWithoutAMaskIsOneClearLine()
    {
        IDataView data = Load(new Input());
        IDataView encoded = Create("Mask").Fit(data).Transform(data);
        var e = Assert.ThrowsExactly<MaskFormatException>(() => ML.Data.CreateEnumerable<Output>(encoded, false).ToList());
        StringAssert.Contains(e.Message, "row 0 has no mask in column \"Mask\"");
    }

    [TestMethod]
    public void PlanesThatNoArrayHoldsAreOneClearLine()
    {
        var classes = new ClassSet([.. Enumerable.Range(0, 250).Select(i => new SegmentationClass { Id = i, Name = $"class {i}", Color = default })]);
        IDataView data = Load(new Input { Mask = new SegmentationMask(3000, 3000, classes) });
        IDataView encoded = ML.Transforms.OneHotEncodeMask("OneHot", "Mask", classes).Fit(data).Transform(data);
        var e = Assert.ThrowsExactly<MaskFormatException>(() => ML.Data.CreateEnumerable<Output>(encoded, false).ToList());
        Assert.AreEqual("row 0 has a mask of 3000x3000, whose 250 planes are 2250000000 numbers, above the limit of 2147483591; encode smaller masks", e.Message);
    }

    protected override IEstimator<ITransformer> Create(string inputColumnName) =>
        ML.Transforms.OneHotEncodeMask("OneHot", inputColumnName, TestMasks.Classes);

    protected override string Print(Output output) => string.Join(' ', output.OneHot);

    public sealed class Input : IIdentified
    {
        public float Id { get; set; }

        public SegmentationMask? Mask { get; set; }
    }

    public sealed class Output
    {
        public float[] OneHot { get; set; } = [];
    }
}
