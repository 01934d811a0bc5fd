using SegML.Batches;
using SegML.Scoring;
using SegML.Tests.Scoring;

namespace SegML.Tests.Cluster;

[TestClass]
public sealed class BatchScoringTests
{
    [TestMethod]
    public void AnAttemptAfterAKilledOneKeepsWhatIsRightAndWritesTheRest()
    {
        using var photos = new Photos(4);
        using Segmenter segmenter = Segmenter.Load(photos.Model);
        var scoring = new BatchScoring(segmenter, photos.Request().Outputs);
        BatchImage[] images = Images(photos);
        using (var journal = BatchJournal.Open(photos.File("journal"), "0"))
        {
            scoring.Run(images[..3], journal);
        }
        // Of three results one is gone, one is not what was written.
        File.Delete(photos.Request().Outputs.MaskOf(images[0].Name));
        File.WriteAllText(photos.Request().Outputs.MaskOf(images[1].Name), "half");
        using (var journal = BatchJournal.Open(photos.File("journal"), "0"))
        {
            CollectionAssert.AreEqual(new[] { false, false, true, false }, scoring.Run(images, journal).Select(o => o.WasThere).ToArray());
        }
        photos.AssertResults();
    }

    [TestMethod]
    public void AnImageAtWhichThreeAttemptsEndedIsLeftOut()
    {
        using var photos = new Photos(2);
        using Segmenter segmenter = Segmenter.Load(photos.Model);
        var scoring = new BatchScoring(segmenter, photos.Request().Outputs);
        BatchImage[] images = Images(photos);
        for (int attempt = 0; attempt < BatchScoring.MostDeaths; attempt++)
        {
            using var killed = BatchJournal.Open(photos.File("journal"), "0");
            Assert.AreEqual(attempt, killed.DeathsAt(1));
            killed.Begin(1);
        }
        using var journal = BatchJournal.Open(photos.File("journal"), "0");
        IReadOnlyList<ImageOutcome> outcomes = scoring.Run(images, journal);
        Assert.IsNull(outcomes[0].Fault);
        Assert.Contains("ended 3 attempts to score it", outcomes[1].Fault!);
        Assert.IsFalse(outcomes[1].MayPass);
    }

    [TestMethod]
    public void ATornLineOfAKilledAttemptCountsAsNone()
    {
        using var photos = new Photos(1);
        Directory.CreateDirectory(photos.File("journal"));
        File.WriteAllText(photos.File("journal/7.a.log"), "begun 3\nleft 3\nbegun 4\ndone 4 0123");
        using var journal = BatchJournal.Open(photos.File("journal"), "7");
        Assert.AreEqual((0, 1), (journal.DeathsAt(3), journal.DeathsAt(4)));
        Assert.IsNull(journal.ChecksumOf(4));
    }

    [TestMethod]
    public void SideBySideTheResultsAreTheSameAndOneBadImageCostsOnlyItself()
    {
        using var photos = new Photos(9);
        using Segmenter segmenter = Segmenter.Load(photos.Model, new SegmenterOptions { Threads = 1 });
        BatchImage[] images = [.. Images(photos), new(photos.AddPoison("poison.png"), "poison")];
        int told = 0;
        IReadOnlyList<ImageOutcome> outcomes = new BatchScoring(segmenter, photos.Request().Outputs) { SideBySide = 4 }.Run(images, told: _ => told++);
        CollectionAssert.AreEqual(images, outcomes.Select(o => o.Image).ToArray());
        Assert.AreEqual(images[^1], outcomes.Single(o => o.Fault is not null).Image);
        Assert.AreEqual(images.Length, told);
        photos.AssertResults(images[^1].File);
    }

    [TestMethod]
    public void SideBySideTheFirstFaultOfAllStopsTheRest()
    {
        using var photos = new Photos(9);
        using Segmenter segmenter = Segmenter.Load(photos.Model, new SegmenterOptions { Threads = 1 });
        File.WriteAllText(photos.Output, "a file where the folder of the results should be");
        var scoring = new BatchScoring(segmenter, photos.Request().Outputs) { SideBySide = 4 };
        int told = 0;
        Assert.ThrowsExactly<OutputException>(() => scoring.Run(Images(photos), told: _ => told++));
        Assert.AreEqual(0, told);

        File.Delete(photos.Output);
        using var stopped = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => scoring.Run(Images(photos), told: _ => stopped.Cancel(), cancellation: stopped.Token));
        Assert.IsLessThan(9, Directory.EnumerateFiles(photos.Output, "*.png", SearchOption.AllDirectories).Count());
    }

    [TestMethod]
    public void AMissingFileMayPassAndAFileThatIsNoImageDoesNot()
    {
        using var photos = new Photos(1);
        using Segmenter segmenter = Segmenter.Load(photos.Model);
        BatchImage[] images = [new(photos.File("photos/none.png"), "none"), new(photos.AddPoison("poison.png"), "poison")];
        IReadOnlyList<ImageOutcome> outcomes = new BatchScoring(segmenter, photos.Request().Outputs).Run(images);
        CollectionAssert.AreEqual(new[] { true, false }, outcomes.Select(o => o.MayPass).ToArray());
        Assert.IsTrue(outcomes.All(o => o.Fault is not null));
    }

    private static BatchImage[] Images(Photos photos) =>
        [.. Directory.GetFiles(photos.Input, "*.png", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(f => new BatchImage(f, Path.ChangeExtension(Path.GetRelativePath(photos.Input, f), null)))];
}
