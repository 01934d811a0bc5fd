using SegML.Images;
using SegML.Masks;
using SegML.Scoring;

namespace SegML.Tests.Scoring;

[TestClass]
public sealed class SegmenterTests
{
    private static readonly SegmenterOptions Cpu = new() { Device = ComputeDevice.Cpu, Threads = 1 };

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    public void EachPixelGetsItsClass(int stride)
    {
        using Segmenter segmenter = Load(TinyModel.Create(stride: stride));
        using RgbaImage image = Stripes.Draw(48, 32);
        Stripes.Check(segmenter.Predict(image), 48, 32);
    }

    [TestMethod]
    [DataRow(1, 1)]
    [DataRow(333, 77)]
    [DataRow(77, 333)]
    [DataRow(1, 3000)]
    [DataRow(3000, 2)]
    [DataRow(640, 480)]
    public void MasksHaveTheImagesSize(int width, int height)
    {
        using Segmenter segmenter = Load(TinyModel.Create());
        using RgbaImage image = Stripes.Draw(width, height);
        SegmentationMask mask = segmenter.Predict(image);
        Assert.AreEqual((width, height), (mask.Width, mask.Height));
        Assert.AreEqual(0, mask[0, 0]);
        Assert.AreEqual(width < 3 ? 0 : 2, mask[width - 1, height - 1]);
    }

    [TestMethod]
    public void ChangingSizesDoNotDisturbOneAnother()
    {
        using Segmenter segmenter = Load(TinyModel.Create());
        for (int i = 0; i < 3; i++)
        {
            foreach ((int width, int height) in new[] { (48, 32), (60, 90), (31, 17) })
            {
                using RgbaImage image = Stripes.Draw(width, height);
                Stripes.Check(segmenter.Predict(image), width, height);
            }
        }
    }

    [TestMethod]
    public void PredictingAllocatesLittleWhenMasksAreDisposed()
    {
        using Segmenter segmenter = Load(TinyModel.Create(TinyModel.Info with { Input = TinyModel.Info.Input with { Width = 480, Height = 360 } }));
        using RgbaImage same = Stripes.Draw(480, 360), larger = Stripes.Draw(700, 400);
        foreach (RgbaImage image in new[] { same, larger })
        {
            segmenter.Predict(image).Dispose();
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 8; i++)
            {
                segmenter.Predict(image).Dispose();
            }
            long each = (GC.GetAllocatedBytesForCurrentThread() - before) / 8;
            Assert.IsLessThan(4096L, each, $"{each} bytes an image at {image.Width}x{image.Height}");
        }
    }

    [TestMethod]
    public void TheModelCanBeSavedAndLoadedAgain()
    {
        using Segmenter first = Load(TinyModel.Create());
        using Segmenter second = Load(first.Model.ToArray());
        Assert.AreEqual("tiny", second.Info.Name);
        Assert.AreEqual(ComputeDevice.Cpu, second.Device);
    }

    [TestMethod]
    public void ADisposedSegmenterSaysSo()
    {
        Segmenter segmenter = Load(TinyModel.Create());
        segmenter.Dispose();
        using RgbaImage image = Stripes.Draw(4, 4);
        Assert.ThrowsExactly<ObjectDisposedException>(() => segmenter.Predict(image));
    }

    [TestMethod]
    public void CudaWhereThereIsNoneIsOneLine()
    {
        if (Microsoft.ML.OnnxRuntime.OrtEnv.Instance().GetAvailableProviders().Contains("CUDAExecutionProvider"))
        {
            Assert.Inconclusive("skipped: this build of ONNX Runtime has CUDA");
        }
        var e = Assert.ThrowsExactly<DeviceException>(() => Segmenter.Load(TinyModel.Create(), "tiny.onnx", new SegmenterOptions { Device = ComputeDevice.Cuda }));
        Assert.StartsWith("device cuda is not in this build of ONNX Runtime", e.Message);
        using Segmenter fallsBack = Segmenter.Load(TinyModel.Create(), "tiny.onnx");
        Assert.AreEqual(ComputeDevice.Cpu, fallsBack.Device);
    }

    private static Segmenter Load(byte[] model) => Segmenter.Load(model, "tiny.onnx", Cpu);
}
