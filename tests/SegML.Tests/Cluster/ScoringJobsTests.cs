using Hangfire;
using SegML.Batches;
using SegML.Cluster.Jobs;
using SegML.Cluster.Orders;
using SegML.Scoring;

namespace SegML.Tests.Cluster;

[TestClass]
public sealed class ScoringJobsTests
{
    private static readonly SegmentationJobsOptions _options = new() { ChunksAtATime = 2, Device = ComputeDevice.Cpu };

    [TestMethod]
    public void EveryImageHasTheResultOfOneProcessAndWhatFailsIsListedOnce()
    {
        using var photos = new Photos(11);
        string poison = photos.AddPoison("poison.png");
        JobStorage storage = ClusterStorage.Open("memory");
        ScoringJobs jobs = Jobs(storage);
        ScoringJobStatus job = jobs.Submit(photos.Request());
        Assert.AreEqual((12, 3, 3, 0), (job.Images, job.Chunks, job.ChunksEnqueued, job.ChunksDone));
        Work(storage, photos);

        job = jobs.Find(job.Id);
        Assert.IsTrue(job.IsDone);
        Assert.AreEqual((12, 1, 0), (job.ImagesDone, job.ImagesFailed, job.ChunksBroken));
        Assert.IsGreaterThan(0, job.ImagesPerSecond);
        IReadOnlyList<FailedImage> failed = jobs.Failures(job.Id);
        Assert.HasCount(1, failed);
        Assert.AreEqual(poison, failed[0].File);
        Assert.Contains("poison.png", failed[0].Reason);
        photos.AssertResults(without: poison);
    }

    [TestMethod]
    public void TheSameRequestAgainEnqueuesNothing()
    {
        using var photos = new Photos(5);
        JobStorage storage = ClusterStorage.Open("memory");
        ScoringJobs jobs = Jobs(storage);
        string id = jobs.Submit(photos.Request()).Id;
        Assert.AreEqual(id, jobs.Submit(photos.Request()).Id);
        Assert.AreEqual(2, storage.GetMonitoringApi().EnqueuedCount("segml"));
        Assert.HasCount(1, jobs.All());
    }

    [TestMethod]
    public void AnInterruptedEnqueueGoesOnWhereItWas()
    {
        using var photos = new Photos(12);
        JobStorage storage = ClusterStorage.Open("memory");
        ScoringJobs jobs = Jobs(storage);
        using var stop = new CancellationTokenSource();
        var client = new StoppingClient(new BackgroundJobClient(storage), after: 2, stop);
        Assert.ThrowsExactly<OperationCanceledException>(() => new ScoringJobs(client, storage).Submit(photos.Request(chunk: 2), null, stop.Token));
        Assert.AreEqual(2, jobs.All()[0].ChunksEnqueued);

        Assert.AreEqual(6, jobs.Submit(photos.Request(chunk: 2)).ChunksEnqueued);
        Assert.AreEqual(6, storage.GetMonitoringApi().EnqueuedCount("segml"));
        Work(storage, photos);
        photos.AssertResults();
    }

    [TestMethod]
    public void ACancelledJobIsParkedAndResumed()
    {
        using var photos = new Photos(8);
        JobStorage storage = ClusterStorage.Open("memory");
        ScoringJobs jobs = Jobs(storage);
        string id = jobs.Submit(photos.Request()).Id;
        jobs.Cancel(id);
        using (var worker = new ClusterWorker(storage, Options(photos)))
        {
            worker.Run(untilDone: true);
            SpinWait.SpinUntil(() => storage.GetMonitoringApi().EnqueuedCount("segml") == 0, TimeSpan.FromSeconds(20));
        }
        ScoringJobStatus job = jobs.Find(id);
        Assert.IsTrue(job.IsCancelled);
        Assert.AreEqual(0, job.ChunksDone);
        Assert.IsFalse(Directory.Exists(Path.Combine(photos.Output, "more")));

        Assert.AreEqual(2, jobs.Resume(id));
        Work(storage, photos);
        Assert.IsTrue(jobs.Find(id).IsDone);
        photos.AssertResults();
    }

    [TestMethod]
    public void WhatFailedIsTriedAgainWhenTheJobIsResumed()
    {
        using var photos = new Photos(3);
        photos.AddPoison("poison.png");
        JobStorage storage = ClusterStorage.Open("memory");
        ScoringJobs jobs = Jobs(storage);
        string id = jobs.Submit(photos.Request()).Id;
        Work(storage, photos);
        Assert.HasCount(1, jobs.Failures(id));

        photos.Add("poison.png", seed: 99);
        Assert.AreEqual(1, jobs.Resume(id));
        Work(storage, photos);
        Assert.IsEmpty(jobs.Failures(id));
        Assert.AreEqual(1, jobs.Find(id).ChunksEnqueued);
        photos.AssertResults();
    }

    [TestMethod]
    public void AModelThatIsNotTheJobsIsRefused()
    {
        using var photos = new Photos(1);
        JobStorage storage = ClusterStorage.Open("memory");
        ScoringJobStatus job = Jobs(storage).Submit(photos.Request());
        var folder = OrderFolder.Of(photos.Output, job.Id);
        byte[] model = File.ReadAllBytes(folder.Model);
        model[^1] ^= 1;
        File.WriteAllBytes(folder.Model, model);
        using var store = new ModelStore(Options(photos));
        ModelFormatException e = Assert.ThrowsExactly<ModelFormatException>(() => store.Of(ScoringOrder.Read(folder.Order), folder));
        Assert.Contains("its checksum differs", e.Message);
    }

    [TestMethod]
    public void AFetchedModelThatWasDamagedIsFetchedAgain()
    {
        using var photos = new Photos(1);
        JobStorage storage = ClusterStorage.Open("memory");
        ScoringJobStatus job = Jobs(storage).Submit(photos.Request());
        var folder = OrderFolder.Of(photos.Output, job.Id);
        var order = ScoringOrder.Read(folder.Order);
        string kept = Path.Combine(Options(photos).ModelFolder, order.ModelHash + ".onnx");
        Directory.CreateDirectory(Path.GetDirectoryName(kept)!);
        File.WriteAllText(kept, "torn");
        using var store = new ModelStore(Options(photos));
        Assert.AreEqual("tiny", store.Of(order, folder).Info.Name);
        CollectionAssert.AreEqual(File.ReadAllBytes(photos.Model), File.ReadAllBytes(kept));
    }

    [TestMethod]
    public void AForgottenJobLeavesItsResults()
    {
        using var photos = new Photos(2);
        JobStorage storage = ClusterStorage.Open("memory");
        ScoringJobs jobs = Jobs(storage);
        string id = jobs.Submit(photos.Request()).Id;
        Work(storage, photos);
        jobs.Forget(id);
        Assert.IsEmpty(jobs.All());
        Assert.IsEmpty(Directory.GetDirectories(Path.Combine(photos.Output, ".segml")));
        photos.AssertResults();
        Assert.Contains("is not known", Assert.ThrowsExactly<ClusterException>(() => jobs.Find(id)).Message);
    }

    [TestMethod]
    public void ASQLiteFileServesTheProcessesOfOneMachine()
    {
        using var photos = new Photos(6);
        JobStorage storage = ClusterStorage.Open(photos.File("jobs.db"));
        ScoringJobs jobs = Jobs(storage);
        string id = jobs.Submit(photos.Request()).Id;
        Work(storage, photos);
        Assert.IsTrue(jobs.Find(id).IsDone);
        photos.AssertResults();
        (storage as IDisposable)?.Dispose();
    }

    [TestMethod]
    [DataRow("nowhere", "is no storage")]
    [DataRow("Host=127.0.0.1;Port=1;Database=x;Timeout=1", "PostgreSQL at 127.0.0.1:1/x cannot be reached")]
    public void AStorageThatCannotBeUsedIsOneLine(string connection, string fault) =>
        Assert.Contains(fault, Assert.ThrowsExactly<ClusterException>(() => ClusterStorage.Open(connection)).Message);

    internal static ScoringJobs Jobs(JobStorage storage) => new(new BackgroundJobClient(storage), storage);

    private static SegmentationJobsOptions Options(Photos photos) => _options with { ModelFolder = photos.File("models") };

    private static void Work(JobStorage storage, Photos photos)
    {
        using var worker = new ClusterWorker(storage, Options(photos));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        worker.Run(untilDone: true, null, limit.Token);
        Assert.IsFalse(limit.IsCancellationRequested, "not done in a minute");
    }

    /// <summary>Interrupts enqueuing after some chunks.</summary>
    private sealed class StoppingClient(IBackgroundJobClient inner, int after, CancellationTokenSource stop) : IBackgroundJobClient
    {
        private int _created;

        public string Create(Hangfire.Common.Job job, Hangfire.States.IState state)
        {
            string id = inner.Create(job, state);
            if (++_created == after)
            {
                stop.Cancel();
            }
            return id;
        }

        public bool ChangeState(string jobId, Hangfire.States.IState state, string expectedState) => inner.ChangeState(jobId, state, expectedState);
    }
}
