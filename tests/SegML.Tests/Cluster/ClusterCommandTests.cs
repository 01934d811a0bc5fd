using SegML.Cluster.Jobs;
using SegML.Tests.Cli;

namespace SegML.Tests.Cluster;

/// <summary>What the commands of a cluster say where a storage, a list or a folder is not what it seems.</summary>
[TestClass]
public sealed class ClusterCommandTests
{
    [TestMethod]
    public void AListNamesImagesWhateverItsLinesLookLike()
    {
        using var photos = new Photos(0);
        photos.Add("#1.png", 1);
        photos.Add("my photo.png", 2);
        string list = photos.File("list.txt"), storage = photos.File("jobs.db");
        File.WriteAllText(list, string.Concat(new[] { "#1.png", "my photo.png" }.Select(n => Path.Combine(photos.Input, n) + "\n")));
        Segml.Result result = Segml.Run("predict", photos.Model, "@" + list, "--out", photos.Output, "--cluster", storage);
        Assert.AreEqual(0, result.Code, result.Error);
        Assert.Contains("2 images in 1 chunk", result.Output);
        Segml.Fails(2, Segml.Run("predict", photos.Model, "@" + photos.File("none.txt"), "--out", photos.File("other"), "--cluster", storage), "none.txt");
    }

    [TestMethod]
    [DataRow("jobs")]
    [DataRow("worker")]
    public void AMisspeltStorageIsNotMade(string command)
    {
        using var photos = new Photos(0);
        Segml.Fails(2, Segml.Run("cluster", command, "--cluster", photos.File("typo.db")), "typo.db is not there");
        Assert.IsFalse(File.Exists(photos.File("typo.db")));
    }

    [TestMethod]
    public void AFileThatIsNoStorageIsOneLine()
    {
        using var photos = new Photos(0);
        File.WriteAllText(photos.File("photo.db"), "no database, and longer than the head of one would be: " + new string('x', 200));
        Segml.Fails(2, Segml.Run("cluster", "jobs", "--cluster", photos.File("photo.db")), "photo.db", "cannot be opened");
    }

    [TestMethod]
    public void ImagesWithoutAResultAreInEveryCommandsExitCode()
    {
        using var photos = new Photos(2);
        photos.AddPoison("poison.png");
        string storage = photos.File("jobs.db");
        string[] predict = ["predict", photos.Model, photos.Input, "--out", photos.Output, "--cluster", storage];
        Segml.Result enqueued = Segml.Run(predict);
        Assert.AreEqual(0, enqueued.Code, enqueued.Error);
        string[] work = ["cluster", "worker", "--until-done", "--chunks", "1", "--models", photos.File("models"), "--device", "cpu", "--cluster", storage];
        Assert.AreEqual(2, Segml.Run(work).Code);
        Assert.AreEqual(0, Segml.Run(work).Code, "what was over before is another run's");
        Assert.AreEqual(2, Segml.Run("cluster", "jobs", enqueued.Output.Split(' ', ':')[1], "--cluster", storage).Code);
        Assert.AreEqual(2, Segml.Run(predict).Code);
        Assert.AreEqual(0, Segml.Run([.. predict, "--allow-skipped"]).Code);
    }

    [TestMethod]
    public void TwoJobsDoNotWriteIntoOneFolder()
    {
        using var photos = new Photos(2);
        var storage = ClusterStorage.Open("memory");
        var jobs = new ScoringJobs(new Hangfire.BackgroundJobClient(storage), storage);
        string first = jobs.Submit(photos.Request()).Id;
        OutputException e = Assert.ThrowsExactly<OutputException>(() => jobs.Submit(photos.Request() with { ChunkSize = 1 }));
        Assert.Contains($"receives the results of job {first}", e.Message);
        jobs.Forget(first);
        Assert.AreEqual(2, jobs.Submit(photos.Request() with { ChunkSize = 1 }).Chunks);
    }
}
