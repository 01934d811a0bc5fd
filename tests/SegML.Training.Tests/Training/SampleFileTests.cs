using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Tests.Images;
using SegML.Training;
using SegML.Training.Data;

namespace SegML.Tests.Training;

/// <summary>Samples that do not fit into memory: one file, built once, found again, and believed only where its bytes are right.</summary>
[TestClass]
public sealed class SampleFileTests
{
    private const long SampleBytes = 5 * 40 * 32;

    private TemporaryFolder _folder = null!;
    private int _reads;

    [TestInitialize]
    public void Create() => _folder = new TemporaryFolder();

    [TestCleanup]
    public void Remove() => _folder.Dispose();

    [TestMethod]
    [DataRow(0)]
    [DataRow(3)]
    public void ItGivesWhatWasDecodedAndDecodesNoMore(int inMemory)
    {
        SampleSource source = Source(8);
        using SampleCache cache = Cache(source, inMemory);
        long[] pixels = cache.CountPixels(BoxScenes.Classes);
        Assert.IsTrue(cache.IsOnDisk);
        Assert.AreEqual(8, _reads);
        for (int epoch = 0; epoch < 3; epoch++)
        {
            AssertHoldsAll(cache);
        }
        Assert.AreEqual(8, _reads);
        using var plain = new SampleCache(source, BoxScenes.Pipeline.Input, long.MaxValue);
        CollectionAssert.AreEqual(plain.CountPixels(BoxScenes.Classes), pixels);
    }

    [TestMethod]
    public void ItIsFoundAgain()
    {
        SampleSource source = Source(8);
        using (SampleCache first = Cache(source, 0))
        {
            first.CountPixels(BoxScenes.Classes);
        }
        _reads = 0;
        using SampleCache second = Cache(source, 0);
        second.CountPixels(BoxScenes.Classes);
        Assert.AreEqual(0, _reads);
        AssertHoldsAll(second);
    }

    [TestMethod]
    public void OtherSamplesOrAnotherSizeHaveAFileOfTheirOwn()
    {
        foreach ((SampleSource source, InputOptions input) in (ReadOnlySpan<(SampleSource, InputOptions)>)
            [(Source(8), BoxScenes.Pipeline.Input), (Source(8), BoxScenes.Pipeline.Input), (Source(8), new InputOptions { Width = 20, Height = 16 })])
        {
            using var cache = new SampleCache(source, input, 0, _folder.Path);
            cache.CountPixels(BoxScenes.Classes);
            Assert.AreEqual(input.Width, cache.Get(3).Width);
        }
        Assert.HasCount(3, Directory.GetFiles(_folder.Path));
    }

    [TestMethod]
    public void ASampleWhoseBytesAreDamagedIsDecodedAgain()
    {
        SampleSource source = Source(8);
        using (SampleCache first = Cache(source, 0))
        {
            first.CountPixels(BoxScenes.Classes);
        }
        Change(at: 2 * SampleBytes + 17);
        _reads = 0;
        using SampleCache second = Cache(source, 0);
        AssertCounts(second);
        AssertHoldsAll(second);
        Assert.IsGreaterThan(0, _reads);
    }

    [TestMethod]
    public void AFileWithADamagedIndexIsBuiltAnew()
    {
        SampleSource source = Source(8);
        using (SampleCache first = Cache(source, 0))
        {
            first.CountPixels(BoxScenes.Classes);
        }
        Change(at: 8 * SampleBytes + 3);
        using SampleCache second = Cache(source, 0);
        AssertCounts(second);
        Assert.IsTrue(second.IsOnDisk);
        AssertHoldsAll(second);
    }

    [TestMethod]
    public void WhatFitsIntoMemoryHasNoFile()
    {
        using SampleCache cache = Cache(Source(8), 8);
        cache.CountPixels(BoxScenes.Classes);
        Assert.IsFalse(cache.IsOnDisk);
        Assert.IsEmpty(Directory.GetFiles(_folder.Path));
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(6)]
    public void SamplesThatCannotBeReadAreAllMetInOnePass(int inMemory)
    {
        var source = new SampleSource(6, i =>
        {
            Interlocked.Increment(ref _reads);
            return i % 3 == 0 ? throw new MaskFormatException($"{i}.png", "is empty", "replace it") : BoxScenes.Draw(i, 40, 32);
        });
        using SampleCache cache = Cache(source, inMemory);
        CollectionAssert.AreEqual(new[] { "0.png", "3.png" }, cache.Fill().Select(f => f.Subject).ToArray());
        // The first was read before, for a size that speaks for all.
        Assert.AreEqual(7, _reads);
        Assert.IsEmpty(Directory.GetFiles(_folder.Path));
        Assert.AreEqual("0.png", Assert.ThrowsExactly<MaskFormatException>(() => cache.CountPixels(BoxScenes.Classes)).Subject);
    }

    [TestMethod]
    [DataRow(1L)]
    [DataRow(1L << 20)]
    public void TrainingDecodesEachSampleOnce(long cacheBytes)
    {
        Pipeline pipeline = BoxScenes.Pipeline with { Training = BoxScenes.Pipeline.Training with { Epochs = 3 } };
        Trainer.Train(pipeline, Source(6), null, _folder.File("run"), new TrainerOptions { CacheBytes = cacheBytes });
        Assert.AreEqual(6, _reads);
    }

    [TestMethod]
    public void TrainingFromItGivesTheSameWeightsAndLeavesNothingBehind()
    {
        Pipeline pipeline = BoxScenes.Pipeline with { Training = BoxScenes.Pipeline.Training with { Epochs = 2 } };
        Trainer.Train(pipeline, Source(6), null, _folder.File("memory"));
        Trainer.Train(pipeline, Source(6), null, _folder.File("disk"), new TrainerOptions { CacheBytes = 1 });
        CollectionAssert.AreEqual(File.ReadAllBytes(_folder.File("memory/last.dat")), File.ReadAllBytes(_folder.File("disk/last.dat")));
        Assert.IsEmpty(Directory.GetFiles(_folder.File("disk"), "*.cache"));
        Trainer.Train(pipeline, Source(6), null, _folder.File("kept"), new TrainerOptions { CacheBytes = 1, CacheFolder = _folder.File("cache") });
        Assert.HasCount(1, Directory.GetFiles(_folder.File("cache"), "*.cache"));
    }

    private static void AssertCounts(SampleCache cache) => Assert.AreEqual(8 * (40 * 32 - 4), cache.CountPixels(BoxScenes.Classes).Sum());

    private static void AssertHoldsAll(SampleCache cache)
    {
        for (int i = 0; i < cache.Count; i++)
        {
            (RgbaImage image, SegmentationMask mask) = BoxScenes.Draw(i, 40, 32);
            using (image)
            {
                CollectionAssert.AreEqual(image.Pixels.ToArray(), cache.Get(i).Rgba.ToArray());
                CollectionAssert.AreEqual(mask.Ids.ToArray(), cache.Get(i).Ids.ToArray());
            }
        }
    }

    private void Change(long at)
    {
        using FileStream file = File.Open(Directory.GetFiles(_folder.Path).Single(), FileMode.Open, FileAccess.ReadWrite);
        file.Position = at;
        int value = file.ReadByte();
        file.Position = at;
        file.WriteByte((byte)(value ^ 1));
    }

    private SampleCache Cache(SampleSource source, int inMemory) => new(source, BoxScenes.Pipeline.Input, inMemory * SampleBytes, _folder.Path);

    private SampleSource Source(int count) => new(count, i =>
    {
        Interlocked.Increment(ref _reads);
        return BoxScenes.Draw(i, 40, 32);
    });
}
