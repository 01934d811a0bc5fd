using Microsoft.ML.Data;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
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
        using RgbaImage image = Stripes(48, 32);
        AssertStripes(segmenter.Predict(image), 48, 32);
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
        using RgbaImage image = Stripes(width, height);
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
                using RgbaImage image = Stripes(width, height);
                AssertStripes(segmenter.Predict(image), width, height);
            }
        }
    }

    [TestMethod]
    public void ThreadsShareOneSegmenter()
    {
        using Segmenter segmenter = Load(TinyModel.Create());
        Parallel.For(0, 64, i =>
        {
            (int width, int height) = i % 2 == 0 ? (48, 32) : (96 + i, 32);
            using RgbaImage image = Stripes(width, height);
            AssertStripes(segmenter.Predict(image), width, height);
        });
    }

    [TestMethod]
    public void MLImagesOfBothOrdersScoreAlike()
    {
        using Segmenter segmenter = Load(TinyModel.Create());
        using RgbaImage image = Stripes(51, 33);
        byte[] rgba = image.Pixels.ToArray(), bgra = image.Pixels.ToArray();
        for (int i = 0; i < bgra.Length; i += 4)
        {
            (bgra[i], bgra[i + 2]) = (bgra[i + 2], bgra[i]);
        }
        using MLImage first = MLImage.CreateFromPixels(51, 33, MLPixelFormat.Rgba32, rgba);
        using MLImage second = MLImage.CreateFromPixels(51, 33, MLPixelFormat.Bgra32, bgra);
        AssertStripes(segmenter.Predict(first), 51, 33);
        AssertStripes(segmenter.Predict(second), 51, 33);
        Assert.AreEqual(51, second.Width, "the image is still the caller's");
    }

    [TestMethod]
    public void FilesAreReadAndScored()
    {
        string path = Path.Combine(Path.GetTempPath(), $"segml-{Guid.NewGuid():N}.png");
        try
        {
            using RgbaImage image = Stripes(40, 30);
            ImageFile.Write(path, image);
            using Segmenter segmenter = Load(TinyModel.Create());
            AssertStripes(segmenter.Predict(path), 40, 30);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [TestMethod]
    public void PredictingAllocatesLittleButTheMask()
    {
        using Segmenter segmenter = Load(TinyModel.Create(TinyModel.Info with { Input = TinyModel.Info.Input with { Width = 480, Height = 360 } }));
        using RgbaImage same = Stripes(480, 360), larger = Stripes(700, 400);
        foreach (RgbaImage image in new[] { same, larger })
        {
            segmenter.Predict(image);
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 8; i++)
            {
                segmenter.Predict(image);
            }
            long each = (GC.GetAllocatedBytesForCurrentThread() - before) / 8 - image.Width * image.Height;
            Assert.IsLessThan(4096L, each, $"{each} bytes an image beside the mask at {image.Width}x{image.Height}");
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
        using RgbaImage image = Stripes(4, 4);
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

    /// <summary>Three upright stripes: red, green, blue.</summary>
    private static RgbaImage Stripes(int width, int height)
    {
        var image = new RgbaImage(width, height);
        image.Pixels.Fill(20);
        for (int i = 0; i < width * height; i++)
        {
            image.Pixels[4 * i + 3 * (i % width) / width] = 220;
            image.Pixels[4 * i + 3] = 255;
        }
        return image;
    }

    /// <summary>Right everywhere but within resampling's reach of the stripes' edges.</summary>
    private static void AssertStripes(SegmentationMask mask, int width, int height)
    {
        Assert.AreEqual((width, height), (mask.Width, mask.Height));
        int reach = 2 + width / 48;
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                int stripe = 3 * x / width;
                if (3 * Math.Max(0, x - reach) / width == stripe && 3 * Math.Min(width - 1, x + reach) / width == stripe)
                {
                    Assert.AreEqual(stripe, mask[x, y], $"at ({x}, {y})");
                }
            }
        }
    }
}
