using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Data;
using SegML.Masks;
using SegML.MLNet;
using SegML.Tests.Masks;

namespace SegML.Tests.MLNet;

[TestClass]
public sealed class OneHotDecodeMaskTests : EstimatorContract<OneHotDecodeMaskTests.Input, OneHotDecodeMaskTests.Output>
{
    private static readonly ClassSet Classes = TestMasks.Classes;

    protected override string InputColumnName => nameof(Input.Planes);

    protected override string OutputColumnName => nameof(Output.Decoded);

    protected override Input[] Rows => [.. Enumerable.Range(0, 6).Select(i => RowOf(i, TestMasks.Noise(5 + i, 4, seed: i)))];

    protected override Input BadRow => new() { Mask = TestMasks.Noise(2, 2, seed: 1), Planes = new float[5] };

    [TestMethod]
    public void EncodingAndDecodingGivesTheMaskBackIgnoredPixelsToo()
    {
        SegmentationMask[] masks = [.. Rows.Select(r => r.Mask!)];
        Assert.IsTrue(masks.Any(m => m.Ids.Contains(Classes.IgnoreIndex)));
        CollectionAssert.AreEqual(masks.Select(Print).ToArray(), Outputs(Transformed()));
    }

    [TestMethod]
    public void TheGreatestScoreWinsAndTheFirstOfEquals()
    {
        // [C, 1, 2]: two pixels, all other classes below.
        float[] planes = new float[Classes.Count * 2];
        Array.Fill(planes, -5f);
        planes[0] = -1;
        planes[1] = 0;
        planes[3] = 0;
        IDataView data = Load(new Input { Planes = planes, Mask = new SegmentationMask(2, 1, Classes) });
        CollectionAssert.AreEqual(new[] { Print(new SegmentationMask(2, 1, Classes)) }, Outputs(Create("Planes").Fit(data).Transform(data)));
    }

    [TestMethod]
    public void TheSizeMayBeToldOrComeFromAnImage()
    {
        SegmentationMask mask = TestMasks.Noise(7, 3, seed: 2);
        using MLImage image = MLImage.CreateFromPixels(7, 3, MLPixelFormat.Rgba32, new byte[7 * 3 * 4]);
        IDataView data = ML.Data.LoadSegmentationImages([(image, mask)]);
        IDataView encoded = ML.Transforms.OneHotEncodeMask("Planes", "Mask", Classes).Fit(data).Transform(data);

        IDataView told = ML.Transforms.OneHotDecodeMask("Decoded", "Planes", Classes, height: 3, width: 7).Fit(encoded).Transform(encoded);
        IDataView taken = ML.Transforms.OneHotDecodeMask("Decoded", "Planes", Classes, "Image").Fit(encoded).Transform(encoded);

        CollectionAssert.AreEqual(new[] { Print(mask) }, Outputs(told));
        CollectionAssert.AreEqual(new[] { Print(mask) }, Outputs(taken));
    }

    [TestMethod]
    public void AVectorOfOneSizeIsCheckedAtFit()
    {
        IDataView data = ML.Data.LoadFromEnumerable([new Sized { Mask = TestMasks.Noise(3, 2, seed: 1) }]);
        IDataView encoded = ML.Transforms.OneHotEncodeMask("Planes", "Mask", Classes).Fit(data).Transform(data);
        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Single, Classes.Count, 2, 3), encoded.Schema["Planes"].Type);

        IDataView told = ML.Transforms.OneHotDecodeMask("Decoded", "Planes", Classes, height: 2, width: 3).Fit(encoded).Transform(encoded);
        Assert.HasCount(1, Outputs(told));
        var e = Assert.ThrowsExactly<SchemaException>(() =>
            ML.Transforms.OneHotDecodeMask("Decoded", "Planes", Classes, height: 4, width: 3).Fit(encoded));
        StringAssert.Contains(e.Message, $"[{Classes.Count}, 4, 3]");
    }

    protected override IEstimator<ITransformer> Create(string inputColumnName) =>
        ML.Transforms.OneHotDecodeMask("Decoded", inputColumnName, Classes, "Mask");

    protected override string Print(Output output) => Print(output.Decoded!);

    protected override IEstimator<ITransformer> FromFiles(Input row, ref string imagePath, ref string maskPath)
    {
        MaskFile.Write(maskPath, row.Mask!);
        var ids = new ClassSet([.. Classes.Classes.Select(c => c with { From = null })], Classes.Ignore with { From = null });
        return ML.Transforms.LoadMasks("Mask", "MaskPath", ids).Append(ML.Transforms.OneHotEncodeMask("Planes", "Mask", ids));
    }

    private static string Print(SegmentationMask mask) => $"{mask.Width}x{mask.Height} {Convert.ToHexString(SHA256.HashData(mask.Ids))}";

    private static Input RowOf(int id, SegmentationMask mask)
    {
        float[] planes = new float[Classes.Count * mask.Ids.Length];
        for (int i = 0; i < mask.Ids.Length; i++)
        {
            if (mask.Ids[i] < Classes.Count)
            {
                planes[mask.Ids[i] * mask.Ids.Length + i] = 1;
            }
        }
        return new Input { Id = id, Mask = mask, Planes = planes };
    }

    public sealed class Input : IIdentified
    {
        public float Id { get; set; }

        public float[] Planes { get; set; } = [];

        public SegmentationMask? Mask { get; set; }
    }

    public sealed class Sized
    {
        [SegmentationMaskType(height: 2, width: 3)]
        public SegmentationMask? Mask { get; set; }
    }

    public sealed class Output
    {
        public SegmentationMask? Decoded { get; set; }
    }
}
