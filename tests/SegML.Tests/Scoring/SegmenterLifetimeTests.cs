using Microsoft.ML;
using SegML.Images;
using SegML.Masks;
using SegML.Scoring;
using SegML.Tests.Images;

namespace SegML.Tests.Scoring;

/// <summary>
/// Disposing what other threads score with neither crashes the process nor gives a wrong mask: a call ends as usual, or throws
/// ObjectDisposedException. SEGML_LIFETIME_OPERATIONS=100000 runs as many operations instead of the quick few.
/// </summary>
[TestClass]
public sealed class SegmenterLifetimeTests
{
    private const int Threads = 8, Seed = 17;

    private static int Operations => int.TryParse(Environment.GetEnvironmentVariable("SEGML_LIFETIME_OPERATIONS"), out int count) ? count : 1500;

    [TestMethod]
    public void EightThreadsUseAndDisposeASegmenter()
    {
        byte[] model = TinyModel.Create();
        Segmenter[] shared = [Load(), Load(), Load()];
        Stress((segmenters, random, image) =>
        {
            int slot = random.Next(shared.Length);
            if (random.Next(20) == 0)
            {
                Interlocked.Exchange(ref shared[slot], Load()).Dispose();
                return null;
            }
            return Use(Volatile.Read(ref shared[slot]), random, image);
        });
        Array.ForEach(shared, s => s.Dispose());

        Segmenter Load() => Segmenter.Load(model, "tiny.onnx", new SegmenterOptions { Device = ComputeDevice.Cpu, Threads = 1 });
    }

    [TestMethod]
    public void EightThreadsUseATransformersSegmenterWhileItIsDisposed()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("tiny.onnx", TinyModel.Create());
        var ml = new MLContext(seed: 1);
        IDataView data = ml.Data.LoadFromEnumerable([new Row { Path = path }]);
        var transformer = ml.Transforms.ApplySegmentationModel("Mask", nameof(Row.Path), path, new SegmenterOptions { Device = ComputeDevice.Cpu, Threads = 1 }).Fit(data);
        Stress((_, random, image) =>
        {
            if (random.Next(20) == 0)
            {
                transformer.Dispose();
                return null;
            }
            return Use(transformer.Segmenter, random, image);
        });
        transformer.Dispose();
    }

    private static SegmentationMask? Use(Segmenter segmenter, Random random, RgbaImage image) => random.Next(3) switch
    {
        0 => segmenter.Predict([image, image])[0],
        1 => segmenter.Score(image).ToMask(),
        _ => segmenter.Predict(image),
    };

    private static void Stress(Func<int, Random, RgbaImage, SegmentationMask?> operate)
    {
        using RgbaImage image = TestImages.Gradient(48, 32);
        byte[] expected;
        using (Segmenter alone = Segmenter.Load(TinyModel.Create(), "tiny.onnx", new SegmenterOptions { Device = ComputeDevice.Cpu, Threads = 1 }))
        {
            expected = alone.Predict(image).Ids.ToArray();
        }
        int next = 0, wrong = 0, scored = 0;
        Exception? fault = null;
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(t => new Thread(() =>
        {
            var random = new Random(Seed + t);
            while (Interlocked.Increment(ref next) <= Operations)
            {
                try
                {
                    using SegmentationMask? mask = operate(t, random, image);
                    if (mask is not null)
                    {
                        Interlocked.Increment(ref scored);
                        Interlocked.Add(ref wrong, mask.Ids.SequenceEqual(expected) ? 0 : 1);
                    }
                }
                catch (ObjectDisposedException)
                {
                    // Allowed: it came after the disposal.
                }
                catch (Exception e)
                {
                    Interlocked.CompareExchange(ref fault, e, null);
                    return;
                }
            }
        }))];
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());
        Assert.IsNull(fault, fault?.ToString());
        Assert.AreEqual(0, wrong);
        Assert.IsGreaterThan(Operations / 2, scored);
    }

    private sealed class Row
    {
        public string Path { get; set; } = "";
    }
}
