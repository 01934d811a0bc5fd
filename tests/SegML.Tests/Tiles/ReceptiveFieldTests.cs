using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using SegML.Onnx.Modules;
using SegML.Scoring;
using SegML.Tests.Scoring;
using SegML.Training.Networks;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace SegML.Tests.Tiles;

[TestClass]
public sealed class ReceptiveFieldTests
{
    [TestMethod]
    public void LayersAddUpAsWorkedOutByHand()
    {
        // 3x3: 1. Then 5x5 dilated by 2: 4. Then 3x3 with stride 2 and 3x3 on its result: 1 + 2.
        ReceptiveField field = Of(nn.Sequential(nn.Conv2d(3, 4, 3, padding: 1), nn.Conv2d(4, 4, 5, padding: 4, dilation: 2),
            nn.MaxPool2d(3, stride: 2, padding: 1), nn.ReLU(), nn.Conv2d(4, 4, 3, padding: 1), nn.ConvTranspose2d(4, 4, 2, stride: 2)));
        Assert.IsTrue(field.IsBounded);
        Assert.AreEqual(2, field.Stride);
        // And the transposed one reads half a step back.
        Assert.IsTrue(field.Margin is >= 8 and <= 9, $"{field.Margin}");
    }

    [TestMethod]
    public void A1x1NetworkSeesItsOwnPixelOnly()
    {
        ReceptiveField field = Of(TileModels.Describe(TinyModel.Create()));
        Assert.AreEqual(new ReceptiveField { Margin = 0, Stride = 1 }, field);
        Assert.AreEqual(1, field.Size);
    }

    [TestMethod]
    public void SmallerLogitsCountWithTheirEnlargement()
    {
        ReceptiveField field = Of(TileModels.Describe(TinyModel.Create(stride: 4)));
        Assert.AreEqual(4, field.Stride);
        // A mask's pixel lies at most 4 pixels from each of the two logits that it is interpolated from, and those at their cells' starts.
        Assert.IsTrue(field.Margin is >= 4 and <= 6, $"{field.Margin}");
    }

    [TestMethod]
    public void GlobalPoolingIsNamedAndTheRestStillCounted()
    {
        ReceptiveField field = Of(TileModels.FcnLight);
        Assert.AreEqual("GlobalAveragePool", field.UnboundedBy);
        Assert.AreEqual(16, field.Stride);
        // Two convolutions of 3x3 dilated by 1, 2 and 4 at 1/16 alone reach 16 * 2 * (1 + 2 + 4) = 224 pixels.
        Assert.IsTrue(field.Margin is > 224 and < 400, $"{field.Margin}");
    }

    [TestMethod]
    public void MergedClassesSeeWhatTheirNetworkSees()
    {
        int classes = Masks.TestMasks.Classes.Count;
        nn.Module<Tensor, Tensor> merged = new MergedClasses(new UNet(classes + 2, new UNetOptions { Width = 4, Depth = 2 }),
            [[0, classes], [1], .. Enumerable.Range(2, classes - 2).Select(c => new long[] { c, classes + 1 })]);
        Assert.AreEqual(Of(TileModels.UNet), Of(TileModels.Export(merged)));
    }

    [TestMethod]
    public void WhatIsNotKnownCountsAsSeeingEverything()
    {
        ReceptiveField field = Of(nn.Sequential(nn.Conv2d(3, 4, 3, padding: 1), nn.GroupNorm(2, 4)));
        Assert.IsFalse(field.IsBounded);
    }

    [TestMethod]
    public void AModelThatDoesNotSayHowFarItSeesIsRefusedInTilesAlone()
    {
        byte[] model = TinyModel.Create(metadata: (TinyModel.Info with { ReceptiveField = null }).ToMetadata());
        using (Segmenter plain = Segmenter.Load(model, "m.onnx"))
        {
            Assert.ThrowsExactly<ModelFormatException>(() => plain.ReceptiveField);
        }
        var e = Assert.ThrowsExactly<ModelFormatException>(() => Segmenter.Load(model, "m.onnx", new SegmenterOptions { Tiles = new TileOptions() }));
        Assert.AreEqual("m.onnx does not say how far its network sees, so that it cannot be scored in tiles; "
            + "bring its metadata up to date: segml export OLD.onnx --out NEW.onnx", e.Message);
    }

    [TestMethod]
    [DataRow("unet")]
    [DataRow("dilated")]
    [DataRow("strided")]
    public void AChangedPixelChangesNothingBeyondTheField(string network)
    {
        byte[] model = network switch
        {
            "unet" => TileModels.UNet,
            "dilated" => TileModels.Export(nn.Sequential(nn.Conv2d(3, 4, 3, padding: 1), nn.ReLU(), nn.Conv2d(4, 4, 3, padding: 3, dilation: 3))),
            _ => TileModels.Export(new Strided()),
        };
        ReceptiveField field = Of(model);
        Assert.IsTrue(field.IsBounded);
        const int Size = 160;
        int farthest = 0;
        using var session = new InferenceSession(model);
        float[] values = new float[3 * Size * Size];
        var random = new Random(7);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = random.NextSingle();
        }
        float[] before = Run(session, values, Size);
        // Every phase within a stride.
        for (int phase = 0; phase < field.Stride; phase++)
        {
            int x = Size / 2 + phase, y = Size / 2 + field.Stride - 1 - phase;
            float[] changed = [.. values];
            for (int c = 0; c < 3; c++)
            {
                changed[(c * Size + y) * Size + x] += 100;
            }
            float[] after = Run(session, changed, Size);
            for (int i = 0; i < after.Length; i++)
            {
                if (after[i] != before[i])
                {
                    int distance = Math.Max(Math.Abs(i % Size - x), Math.Abs(i / Size % Size - y));
                    Assert.IsLessThanOrEqualTo(field.Margin, distance);
                    farthest = Math.Max(farthest, distance);
                }
            }
        }
        // It is no more than rounding up makes of it, or large overlaps would be for nothing.
        Assert.IsGreaterThan(field.Margin / 2, farthest, $"{farthest} of {field.Margin}");
    }

    private static float[] Run(InferenceSession session, float[] values, int size)
    {
        var input = NamedOnnxValue.CreateFromTensor("image", new DenseTensor<float>(values, [1, 3, size, size]));
        using var outputs = session.Run([input]);
        return [.. outputs[0].AsEnumerable<float>()];
    }

    private static ReceptiveField Of(nn.Module<Tensor, Tensor> network) => Of(TileModels.Export(network));

    private static ReceptiveField Of(byte[] model)
    {
        using Segmenter segmenter = Segmenter.Load(model, "m.onnx");
        return segmenter.ReceptiveField;
    }

    /// <summary>Convolutions with strides, and the way back by resizing.</summary>
    private sealed class Strided : nn.Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.Conv2d first = nn.Conv2d(3, 4, 3, stride: 3, padding: 1), second = nn.Conv2d(4, 4, 3, stride: 2, padding: 1);
        private readonly ResizeLike resize = new();

        public Strided() : base(nameof(Strided)) => RegisterComponents();

        public override Tensor forward(Tensor input) => resize.call(second.call(first.call(input)), input);
    }
}
