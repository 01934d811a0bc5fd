using System.Security.Cryptography;
using SegML.Pipelines;
using SegML.Training.Data;

namespace SegML.Tests.Training;

[TestClass]
public sealed class BatchLoaderTests
{
    [TestMethod]
    public void BatchesDependOnSeedAndEpochAndNotOnThreads()
    {
        List<byte[]> one = Bytes(Loader(1), 3), four = Bytes(Loader(4), 3), nextEpoch = Bytes(Loader(4), 4), otherSeed = Bytes(Loader(4, seed: 8), 3);
        Assert.HasCount(6, one);
        for (int b = 0; b < one.Count; b++)
        {
            CollectionAssert.AreEqual(one[b], four[b]);
            CollectionAssert.AreNotEqual(one[b], nextEpoch[b]);
            CollectionAssert.AreNotEqual(one[b], otherSeed[b]);
        }
    }

    [TestMethod]
    public void AHundredBatchesWithEveryAugmentationAreTheSameOnOneTwoAndEightThreads()
    {
        Pipeline pipeline = BoxScenes.Pipeline with
        {
            Training = BoxScenes.Pipeline.Training with
            {
                BatchSize = 2,
                Augmentation = new AugmentationOptions
                {
                    CropWidth = 32,
                    CropHeight = 24,
                    RareShare = 0.5,
                    Rotation = 20,
                    Perspective = 0.1,
                    Elastic = 4,
                    ElasticCell = 16,
                    Hue = 20,
                    CopyPaste = 0.5,
                    DefectShare = 0.5,
                    Shadow = 0.5,
                    Gamma = 0.5,
                    Blur = 2,
                    Noise = 0.1,
                    JpegQuality = 20,
                    Cutout = 0.3,
                },
            },
        };
        string[] seen = [.. ((int[])[1, 2, 8]).Select(workers => Checksum(new BatchLoader(
            new SampleCache(BoxScenes.Source(20), pipeline.Input, 1 << 20), pipeline, workers), epochs: 10))];
        Assert.AreEqual(seen[0], seen[1]);
        Assert.AreEqual(seen[0], seen[2]);

        static string Checksum(BatchLoader loader, int epochs)
        {
            Assert.AreEqual(100, epochs * loader.Batches);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            for (int epoch = 0; epoch < epochs; epoch++)
            {
                Bytes(loader, epoch).ForEach(hash.AppendData);
            }
            return Convert.ToHexString(hash.GetHashAndReset());
        }
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    public void NoMoreThanTheQueueIsInFlight(int workers)
    {
        Pipeline pipeline = BoxScenes.Pipeline with { Training = BoxScenes.Pipeline.Training with { BatchSize = 1 } };
        int begun = 0;
        var source = new SampleSource(60, i =>
        {
            Interlocked.Increment(ref begun);
            return BoxScenes.Draw(i, 40, 32);
        });
        var loader = new BatchLoader(new SampleCache(source, pipeline.Input, 0), pipeline, workers);
        int taken = 0;
        foreach (Batch batch in loader.Epoch(0, CancellationToken.None))
        {
            taken++;
            batch.Dispose();
            int most = Math.Min(60, taken + workers);
            // The queue fills up while this batch is in hand; that far it comes for certain.
            Assert.IsTrue(SpinWait.SpinUntil(() => Volatile.Read(ref begun) == most, TimeSpan.FromSeconds(30)), $"{begun} of {most}");
            for (int turn = 0; turn < 20; turn++)
            {
                // Whatever else had been started would come before what is started now.
                Task.Run(() => { }, CancellationToken.None).Wait(CancellationToken.None);
                Assert.AreEqual(most, Volatile.Read(ref begun));
            }
        }
        Assert.AreEqual(60, taken);
    }

    [TestMethod]
    public void ASmallCacheChangesNothing()
    {
        List<byte[]> cached = Bytes(Loader(2), 0), read = Bytes(Loader(2, cacheBytes: 8000), 0);
        for (int b = 0; b < cached.Count; b++)
        {
            CollectionAssert.AreEqual(cached[b], read[b]);
        }
    }

    [TestMethod]
    public void AnEpochVisitsEverySampleOnceInAnOrderOfItsOwn()
    {
        int[] first = SampleRandom.Order(1, 0, 100), second = SampleRandom.Order(1, 1, 100);
        CollectionAssert.AreEquivalent(Enumerable.Range(0, 100).ToArray(), first);
        CollectionAssert.AreNotEqual(first, second);
        CollectionAssert.AreEqual(first, SampleRandom.Order(1, 0, 100));
    }

    [TestMethod]
    public void EpochsOfSetLengthUseEverySampleAsOftenAndChangeItAnewEachTime()
    {
        TrainingOptions training = new() { IterationsPerEpoch = 7, BatchSize = 4 };
        EpochDraw[] draws = [.. Enumerable.Range(0, 5).SelectMany(epoch => EpochDraw.Of(training, epoch, samples: 10, batchSize: 4))];
        Assert.HasCount(140, draws);
        Assert.HasCount(140, draws.Distinct());
        for (int pass = 0; pass < 14; pass++)
        {
            EpochDraw[] seen = draws[(10 * pass)..(10 * pass + 10)];
            Assert.IsTrue(seen.All(d => d.Pass == pass));
            CollectionAssert.AreEqual(SampleRandom.Order(training.Seed, pass, 10), seen.Select(d => d.Index).ToArray());
        }
    }

    [TestMethod]
    public void ABatchMayBeLargerThanTheDataSet()
    {
        Pipeline pipeline = BoxScenes.Pipeline with { Training = BoxScenes.Pipeline.Training with { IterationsPerEpoch = 3, BatchSize = 8 } };
        using var loader = new BatchLoader(new SampleCache(BoxScenes.Source(3), pipeline.Input, 1 << 20), pipeline, workers: 2);
        Assert.AreEqual((3, 8), (loader.Batches, loader.BatchSize));
        List<byte[]> batches = Bytes(loader, 0);
        Assert.HasCount(3, batches);
        Assert.AreEqual(8, batches[0].Take(8 * 24 * 32 * 12).Chunk(24 * 32 * 12).Select(Convert.ToHexString).Distinct().Count());
    }

    [TestMethod]
    public void CropsAndWhatTheyShowGrowToTheirFullSize()
    {
        var options = new AugmentationOptions { CropWidth = 160, CropHeight = 96, ScaleMin = 2, ScaleMax = 4, GrowFrom = 0.5, GrowShare = 0.5 };
        TrainingOptions training = BoxScenes.Pipeline.Training with { Epochs = 8, BatchSize = 2, Augmentation = options };
        var cache = new SampleCache(BoxScenes.Source(4), BoxScenes.Pipeline.Input, 1 << 20);
        using var growing = new BatchLoader(cache, BoxScenes.Pipeline with { Training = training }, 2);
        using var full = new BatchLoader(cache, BoxScenes.Pipeline with { Training = training with { Augmentation = options with { GrowFrom = 1 } } }, 2);
        using var half = new BatchLoader(cache, BoxScenes.Pipeline with
        {
            Training = training with { Augmentation = options with { GrowFrom = 1, CropWidth = 64, CropHeight = 64, ScaleMin = 1, ScaleMax = 2 } },
        }, 2);
        // Half, 5/8, 3/4 and 7/8 of 160x96, in steps of 32; half of 96 lies between two steps and takes the even one.
        Assert.AreEqual("64x64 96x64 128x64 128x96 160x96 160x96", string.Join(' ', Enumerable.Range(0, 6).Select(epoch => Size(growing, epoch))));
        Assert.AreEqual((64, 64), BatchLoader.SmallestCrop(BoxScenes.Pipeline with { Training = training }));
        AssertSame(Bytes(half, 0), Bytes(growing, 0));
        AssertSame(Bytes(full, 4), Bytes(growing, 4));

        static string Size(BatchLoader loader, int epoch)
        {
            string size = "";
            foreach (Batch batch in loader.Epoch(epoch, CancellationToken.None))
            {
                using (batch)
                {
                    size = $"{batch.Labels.shape[2]}x{batch.Labels.shape[1]}";
                    Assert.IsTrue(batch.HasSize((int)batch.Images.shape[2], (int)batch.Images.shape[3]));
                }
            }
            return size;
        }

        static void AssertSame(List<byte[]> expected, List<byte[]> actual)
        {
            Assert.HasCount(expected.Count, actual);
            for (int b = 0; b < expected.Count; b++)
            {
                CollectionAssert.AreEqual(expected[b], actual[b]);
            }
        }
    }

    [TestMethod]
    public void FewerSamplesThanABatchMakeABatch()
    {
        var loader = new BatchLoader(new SampleCache(BoxScenes.Source(2), BoxScenes.Pipeline.Input, 1 << 20), BoxScenes.Pipeline, 1);
        Assert.AreEqual(1, loader.Batches);
        Assert.AreEqual(2, loader.BatchSize);
    }

    [TestMethod]
    public void ASampleThatCannotBeReadSurfacesAsItself()
    {
        var source = new SampleSource(4, i => i == 2 ? throw new MaskFormatException("m.png", "is empty", "replace it") : BoxScenes.Draw(i, 40, 32));
        var loader = new BatchLoader(new SampleCache(source, BoxScenes.Pipeline.Input, 1 << 20), BoxScenes.Pipeline with
        {
            Training = BoxScenes.Pipeline.Training with { BatchSize = 1 },
        }, 2);
        Assert.ThrowsExactly<MaskFormatException>(() => Bytes(loader, 0));
    }

    [TestMethod]
    public void ImagesOfAnotherSizeComeAtTheReferenceSize()
    {
        var cache = new SampleCache(BoxScenes.Source(1, width: 80, height: 64), BoxScenes.Pipeline.Input, 1 << 20);
        Sample sample = cache.Get(0);
        Assert.AreEqual((40, 32), (sample.Width, sample.Height));
        Assert.AreEqual(40 * 32, sample.Ids.Length);
        Assert.AreEqual(40 * 32 - 1, cache.CountPixels(BoxScenes.Classes).Sum());
    }

    private static BatchLoader Loader(int workers, int seed = 7, long cacheBytes = 1 << 20) => new(
        new SampleCache(BoxScenes.Source(19), BoxScenes.Pipeline.Input, cacheBytes),
        BoxScenes.Pipeline with { Training = BoxScenes.Pipeline.Training with { Seed = seed } }, workers);

    private static List<byte[]> Bytes(BatchLoader loader, int epoch)
    {
        var batches = new List<byte[]>();
        foreach (Batch batch in loader.Epoch(epoch, CancellationToken.None))
        {
            using (batch)
            {
                batches.Add([.. batch.Images.contiguous().bytes, .. batch.Labels.bytes]);
            }
        }
        return batches;
    }
}
