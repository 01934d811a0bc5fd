using System.Diagnostics;
using Google.Protobuf;
using SegML.Images;
using SegML.Onnx.Protobuf;
using SegML.Scoring;
using SegML.Tests.Images;

namespace SegML.Tests.Scoring;

/// <summary>A model or an image of unknown origin takes no more time and memory than it is given.</summary>
[TestClass]
public sealed class BoundedScoringTests
{
    [TestMethod]
    [DataRow(false, DisplayName = "whole")]
    [DataRow(true, DisplayName = "in tiles")]
    public void AModelThatNeverEndsIsStoppedByItsTimeLimit(bool tiled)
    {
        using Segmenter segmenter = Segmenter.Load(EndlessModel.Create(), "endless.onnx", new SegmenterOptions
        {
            TimeLimit = TimeSpan.FromSeconds(0.3),
            Tiles = tiled ? new TileOptions { Size = 64 } : null,
        });
        using RgbaImage image = TestImages.Gradient(96, 80);
        long start = Stopwatch.GetTimestamp();
        var e = Assert.ThrowsExactly<ScoringTimeoutException>(() => segmenter.Predict(image));
        Assert.AreEqual("endless.onnx takes longer than the limit of 0.3 s for an image; raise TimeLimit (--time-limit), score smaller images, or do not use this model", e.Message);
        Assert.ThrowsExactly<ScoringTimeoutException>(() => segmenter.Score(image));
        Assert.ThrowsExactly<ScoringTimeoutException>(() => segmenter.Predict([image, image]));
        Assert.IsLessThan(30, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    [TestMethod]
    public void AModelThatNeverEndsIsStoppedByTheCaller()
    {
        using Segmenter segmenter = Segmenter.Load(EndlessModel.Create(), "endless.onnx");
        using RgbaImage image = TestImages.Gradient(96, 80);
        foreach (Action<CancellationToken> call in (Action<CancellationToken>[])[
            t => segmenter.Predict(image, t), t => segmenter.Score(image, t), t => segmenter.Predict([image], t),
            t => segmenter.Predict(ImageFile.EncodePng(image), "a.png", t), t => segmenter.Score(new MemoryStream(ImageFile.EncodePng(image)), "a.png", t)])
        {
            using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
            Assert.Throws<OperationCanceledException>(() => call(stop.Token));
        }
        Assert.Throws<OperationCanceledException>(() => segmenter.Predict(image, new CancellationToken(canceled: true)));
    }

    [TestMethod]
    public void AModelThatEndsIsNotDisturbedByALimit()
    {
        using Segmenter segmenter = Segmenter.Load(TinyModel.Create(), "tiny.onnx", new SegmenterOptions { TimeLimit = TimeSpan.FromMinutes(5) }),
            free = Segmenter.Load(TinyModel.Create(), "tiny.onnx");
        using RgbaImage image = TestImages.Gradient(96, 80);
        using SegML.Masks.SegmentationMask limited = segmenter.Predict(image), unlimited = free.Predict(image);
        Assert.IsTrue(limited.Ids.SequenceEqual(unlimited.Ids));
    }

    [TestMethod]
    [DataRow("ConstantOfShape")]
    [DataRow("Expand")]
    [DataRow("Tile")]
    public void ConstantsOfGigabytesInAFewBytesAreRefusedBeforeTheyAreMade(string operation)
    {
        byte[] model = WithConstant(operation, [1, 1, 22000, 22000]);
        Assert.IsLessThan(5000, model.Length);
        long before = Process.GetCurrentProcess().PeakWorkingSet64;
        var e = Assert.ThrowsExactly<ModelFormatException>(() => Segmenter.Load(model, "bomb.onnx"));
        StringAssert.StartsWith(e.Message, "bomb.onnx has constants that take 1846 MB when it is opened, above the limit of 256; ");
        Assert.IsLessThan(500L << 20, Process.GetCurrentProcess().PeakWorkingSet64 - before);
        Segmenter.Load(WithConstant(operation, [1, 1, 4, 4]), "small.onnx").Dispose();
    }

    [TestMethod]
    public void AHugeImageLeavesNoGigabytesBehind()
    {
        using Segmenter segmenter = Segmenter.Load(TinyModel.Create(), "tiny.onnx");
        byte[] bomb = PngBomb.Create(8_000, 8_000);
        Assert.IsLessThan(1 << 20, bomb.Length);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < 2; i++)
        {
            segmenter.Predict(bomb, "bomb.png").Dispose();
        }
        GC.Collect();
        Assert.IsLessThan(before + (200L << 20), GC.GetTotalMemory(forceFullCollection: true), "256 MB of pixels were decoded twice");
    }

    private static byte[] WithConstant(string operation, long[] shape)
    {
        ModelProto model = Unsealed();
        GraphProto graph = model.Graph;
        graph.Node[0].Output[0] = "before";
        var sides = new TensorProto { Name = "shape", DataType = (int)TensorProto.Types.DataType.Int64, Dims = { shape.Length }, Int64Data = { shape } };
        graph.Initializer.Add(sides);
        graph.Initializer.Add(new TensorProto { Name = "one", DataType = (int)TensorProto.Types.DataType.Float, Dims = { 1, 1, 1, 1 }, FloatData = { 0f } });
        graph.Node.Add(operation == "ConstantOfShape"
            ? new NodeProto { OpType = operation, Input = { "shape" }, Output = { "large" } }
            : new NodeProto { OpType = operation, Input = { "one", "shape" }, Output = { "large" } });
        graph.Node.Add(new NodeProto { OpType = "ReduceMax", Input = { "large" }, Output = { "small" } });
        graph.Node.Add(new NodeProto { OpType = "Add", Input = { "before", "small" }, Output = { "logits" } });
        return TinyModel.Sealed(model.ToByteArray());
    }

    private static ModelProto Unsealed() => ModelProto.Parser.ParseFrom(TinyModel.Create(isSealed: false));
}
