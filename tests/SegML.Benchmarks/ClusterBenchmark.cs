using System.Diagnostics;
using System.Globalization;
using Hangfire;
using SegML.Batches;
using SegML.Cluster.Jobs;
using SegML.Cluster.Listing;
using SegML.Cluster.Orders;
using SegML.Images;
using SegML.Scoring;

namespace SegML.Benchmarks;

/// <summary>What chunks cost: the same images by the plain runner, and by a worker on each storage, one thread each, turn about. Then what that means for many machines.</summary>
internal static class ClusterBenchmark
{
    public static int Run(Arguments arguments)
    {
        int images = arguments.Number("images", 128), chunk = arguments.Number("chunk", 64), rounds = arguments.Number("rounds", 3), jobs = arguments.Number("chunks", 500);
        (int width, int height) = arguments.Size("image-size") ?? (480, 360);
        string folder = Directory.CreateTempSubdirectory("segml-cluster-").FullName;
        try
        {
            string model = BenchmarkModel.Find(arguments.Text("model"), folder), photos = Path.Combine(folder, "photos");
            Draw(photos, images, width, height);
            var storages = new List<(string Name, JobStorage Storage)> { ("memory", ClusterStorage.Open("memory")), ("SQLite", ClusterStorage.Open(Path.Combine(folder, "jobs.db"))) };
            if (arguments.Text("postgres") is { } connection)
            {
                storages.Add(("PostgreSQL", ClusterStorage.Open(connection)));
            }
            List<Cost> plain = [], journalled = [];
            var onStorage = storages.ToDictionary(s => s.Name, _ => new List<Cost>());
            for (int round = -1; round < rounds; round++)
            {
                Cost own = Plain(model, photos, Path.Combine(folder, $"plain-{round}")), journal = Plain(model, photos, Path.Combine(folder, $"journal-{round}"), journal: true);
                foreach ((string name, JobStorage storage) in storages)
                {
                    Cost taken = OnStorage(storage, model, photos, Path.Combine(folder, $"{name}-{round}"), chunk, folder);
                    if (round >= 0)
                    {
                        onStorage[name].Add(taken);
                    }
                }
                if (round >= 0)
                {
                    plain.Add(own);
                    journalled.Add(journal);
                }
            }
            double best = plain.Min(c => c.Seconds) / images;
            Say($"{images} images of {width}x{height}, chunks of {chunk}, {rounds} rounds; plain {1000 * best:0.00} ms an image at best, {1000 * Statistics.Median(plain.Select(c => c.Processor)) / images:0.00} ms of a processor");
            Compare("journal alone", journalled);
            foreach ((string name, JobStorage storage) in storages)
            {
                Compare(name, onStorage[name]);
                (double enqueue, double work) = Empty(storage, jobs);
                Say($"  a chunk costs {1000 * enqueue:0.00} ms to enqueue and {1000 * work:0.00} ms to fetch and account for");
                Simulate(name, best * chunk, work, chunk);
            }
            return 0;

            void Compare(string name, List<Cost> costs)
            {
                double time = Statistics.MedianRatio(costs.Select(c => c.Seconds), plain.Select(c => c.Seconds)), least = costs.Min(c => c.Seconds) / images / best;
                double processor = Statistics.MedianRatio(costs.Select(c => c.Processor), plain.Select(c => c.Processor));
                Say($"{name}: {100 * (time - 1):+0.0;-0.0} % of time over plain, best against best {100 * (least - 1):+0.0;-0.0} %, processor time {100 * (processor - 1):+0.0;-0.0} %");
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Draw(string folder, int count, int width, int height)
    {
        var random = new Random(1);
        for (int i = 0; i < count; i++)
        {
            using var image = new RgbaImage(width, height);
            int phase = random.Next(256);
            for (int y = 0; y < height; y++)
            {
                Span<byte> row = image.Row(y);
                for (int x = 0; x < width; x++)
                {
                    (row[4 * x], row[4 * x + 1], row[4 * x + 2], row[4 * x + 3]) = ((byte)(x + phase), (byte)(y ^ phase), (byte)(x * y / 97), 255);
                }
            }
            ImageFile.Write(Path.Combine(folder, $"{i:00000}.jpg"), image);
        }
    }

    private readonly record struct Cost(double Seconds, double Processor);

    private static Cost Plain(string model, string photos, string output, bool journal = false)
    {
        Spent before = Spent.SoFar();
        long started = Stopwatch.GetTimestamp();
        using Segmenter segmenter = Segmenter.Load(model, new SegmenterOptions { Threads = 1, Device = ComputeDevice.Cpu });
        BatchImage[] images = [.. ImageListing.Of([photos], output)];
        using BatchJournal? kept = journal ? BatchJournal.Open(output + "-journal", "chunk") : null;
        new BatchScoring(segmenter, new BatchOutputs { Folder = output }).Run(images, kept);
        return new Cost(Stopwatch.GetElapsedTime(started).TotalSeconds, (Spent.SoFar() - before).Processor / 1000);
    }

    // Time from the first chunk's beginning to the last one's end, as the job's own account has it, and as for the plain runner with loading the model: starting a
    // worker is not a chunk's cost. What Hangfire does beside the chunks is in the processor's time.
    private static Cost OnStorage(JobStorage storage, string model, string photos, string output, int chunk, string folder)
    {
        var jobs = new ScoringJobs(new BackgroundJobClient(storage), storage);
        var options = new SegmentationJobsOptions { ChunksAtATime = 1, Threads = 1, Device = ComputeDevice.Cpu, ModelFolder = Path.Combine(folder, "models") };
        ScoringJobStatus job = jobs.Submit(new ScoringRequest { Model = model, Inputs = [photos], Outputs = new BatchOutputs { Folder = output }, ChunkSize = chunk });
        Spent before = Spent.SoFar();
        using (var worker = new ClusterWorker(storage, options))
        {
            worker.Run(untilDone: true);
        }
        Spent spent = Spent.SoFar() - before;
        job = jobs.Find(job.Id);
        jobs.Forget(job.Id);
        return new Cost((job.LastDone!.Value - job.Started!.Value).TotalSeconds, spent.Processor / 1000);
    }

    /// <summary>Chunks without images, by one worker: seconds to enqueue one, and to fetch it and account for it.</summary>
    private static (double Enqueue, double Work) Empty(JobStorage storage, int count)
    {
        var client = new BackgroundJobClient(storage);
        long started = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
        {
            client.Create<EmptyChunk>(c => c.Run("benchmark", i, 0, 0, 0, true), new Hangfire.States.EnqueuedState("segml-empty"));
        }
        double enqueue = Stopwatch.GetElapsedTime(started).TotalSeconds / count;
        EmptyChunk.Left = count;
        started = Stopwatch.GetTimestamp();
        using var server = new BackgroundJobServer(new BackgroundJobServerOptions { WorkerCount = 1, Queues = ["segml-empty"] }, storage);
        SpinWait.SpinUntil(() => Volatile.Read(ref EmptyChunk.Left) <= 0);
        return (enqueue, Stopwatch.GetElapsedTime(started).TotalSeconds / count);
    }

    /// <summary>Workers that score a chunk and then wait for their turn at the database, which serves one at a time, for 100 chunks each.</summary>
    private static void Simulate(string storage, double score, double account, int chunk)
    {
        foreach (int workers in (int[])[1, 2, 4, 8, 16, 32, 64])
        {
            double[] free = [.. Enumerable.Range(0, workers).Select(w => score * w / workers)];
            double database = 0;
            int done = 0;
            for (; done < 100 * workers; done++)
            {
                int next = Array.IndexOf(free, free.Min());
                double scored = free[next] + score;
                database = Math.Max(database, scored) + account;
                free[next] = database;
            }
            double rate = done * chunk / free.Max();
            Say($"  {workers,2} workers: {rate:0} images/s, {rate * score / chunk / workers:0 %} of {workers} alone, 100 million images in {1e8 / rate / 86400:0.0} days");
        }
    }

    private static void Say(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}

/// <summary>A chunk that scores nothing, with a chunk's ledger.</summary>
[ChunkLedger]
public sealed class EmptyChunk
{
    internal static int Left;

    /// <summary>Counts down.</summary>
    public void Run(string job, long chunk, long offset, long end, int count, bool again) => Interlocked.Decrement(ref Left);
}
