using SegML.Images;
using SegML.Masks;
using SegML.Scoring;
using SegML.Tests.Images;

namespace SegML.Tests.Scoring;

/// <summary>Many threads, one segmenter: the results of one thread, in memory that does not grow.</summary>
[TestClass]
public sealed class SegmenterThreadsTests
{
    private const int Threads = 8, Predictions = 10_000;

    [TestMethod]
    public void EightThreadsGetTheMasksOfOneInBoundedMemory()
    {
        using Segmenter segmenter = Segmenter.Load(TinyModel.Create(stride: 2), "tiny.onnx", new SegmenterOptions { Device = ComputeDevice.Cpu, Threads = 1 });
        (int Width, int Height)[] sizes = [(48, 32), (96, 64), (60, 90), (31, 17)];
        RgbaImage[] images = [.. Enumerable.Range(0, 16).Select(i => TestImages.Noise(sizes[i % 4].Width, sizes[i % 4].Height, seed: i))];
        byte[][] expected = [.. images.Select(i => segmenter.Predict(i).Ids.ToArray())];

        PredictAll(segmenter, images, expected, Predictions / 10);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        PredictAll(segmenter, images, expected, Predictions);
        long grown = GC.GetTotalMemory(forceFullCollection: true) - before;

        // Kept masks alone would be 28 MB, kept buffers more.
        Assert.IsLessThan(4_000_000, grown, "bytes of managed memory that live on");
        Assert.IsLessThanOrEqualTo(Threads * sizes.Length, segmenter.Scoring.IdleBuffers, "native buffers that live on");
        Array.ForEach(images, i => i.Dispose());
    }

    [TestMethod]
    public void EverNewSizesDoNotFillTheMemory()
    {
        using Segmenter segmenter = Segmenter.Load(TinyModel.Create(), "tiny.onnx", new SegmenterOptions { Device = ComputeDevice.Cpu, Threads = 1 });
        for (int width = 20; width < 120; width++)
        {
            using RgbaImage image = Stripes.Draw(width, 40);
            segmenter.Predict(image).Dispose();
        }
        Assert.IsLessThanOrEqualTo(4, segmenter.Scoring.IdleBuffers);
    }

    // Threads of their own: the thread pool might grant fewer. Tests run one at a time, so memory is this test's.
    private static void PredictAll(Segmenter segmenter, RgbaImage[] images, byte[][] expected, int predictions)
    {
        int next = 0, wrong = 0;
        Exception? fault = null;
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(_ => new Thread(() =>
        {
            try
            {
                for (int i; (i = Interlocked.Increment(ref next)) <= predictions;)
                {
                    using SegmentationMask mask = segmenter.Predict(images[i % images.Length]);
                    if (!mask.Ids.SequenceEqual(expected[i % images.Length]))
                    {
                        Interlocked.Increment(ref wrong);
                    }
                }
            }
            catch (Exception e)
            {
                fault = e;
            }
        }))];
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());
        Assert.IsNull(fault, fault?.ToString());
        Assert.AreEqual(0, wrong, $"of {predictions} masks");
    }
}
