using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.IO.Hashing;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using SegML.Cli.Serving;
using SegML.Images;
using SegML.Scoring;
using SegML.Serving;

namespace SegML.Benchmarks;

/// <summary>
/// The service under load on loopback, clients in the same process: throughput against the segmenter alone, how long answers take at 70 % of what it can, and
/// memory, with one request in ten bad: junk, truncated photos, bombs, clients that send slowly and clients that leave.
/// </summary>
internal static class ServingBenchmark
{
    private const int Clients = 16;

    private static readonly byte[] _bomb = Bomb();

    public static int Run(Arguments arguments)
    {
        string folder = Directory.CreateTempSubdirectory("segml-serving-").FullName;
        try
        {
            return Run(BenchmarkModel.Find(arguments.Text("model"), folder), arguments);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static int Run(string model, Arguments arguments)
    {
        string? part = arguments.Text("part");
        if (part is not (null or "peak" or "bad"))
        {
            throw new ArgumentException($"--part {part} is not peak or bad");
        }
        return Serve(model, Photo(), arguments.Number("requests", 5000), arguments.Number("rounds", 5), part).GetAwaiter().GetResult();
    }

    private static async Task<int> Serve(string model, byte[] photo, int requests, int rounds, string? part)
    {
        await using WebApplication app = ServeApp.Build(options => options.Models.Add(new ServedModelOptions { Name = "model", Path = model }), "http://127.0.0.1:0");
        await app.StartAsync();
        var address = new Uri(app.Urls.First());
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 256 }) { BaseAddress = address, Timeout = TimeSpan.FromMinutes(2) };
        bool holds = true;
        if (part is null or "peak")
        {
            double rate = await Peak(http, address, photo, model, Math.Max(Clients, requests / 10 / rounds), rounds);
            Figures paced = await Open(http, photo, requests / 5, 0.7 * rate);
            Print($"at 70 % of that: {paced.Milliseconds.Count} answers, median {paced.At(0.5):0} ms, p99 {paced.At(0.99):0} ms, {paced.At(0.99) / paced.At(0.5):0.0} times the median");
        }
        if (part is null or "bad")
        {
            holds = await Hostile(http, address, photo, requests);
        }
        await app.StopAsync();
        return holds ? 0 : 1;
    }

    // Turn about, so that both meet the same machine.
    private static async Task<double> Peak(HttpClient http, Uri address, byte[] photo, string model, int images, int rounds)
    {
        int threads = Math.Clamp(Environment.ProcessorCount, 1, 4);
        // As the service has it: the cores divided among the images that are scored at once.
        using Segmenter segmenter = Segmenter.Load(model, new SegmenterOptions { Threads = Math.Max(1, Environment.ProcessorCount / threads) });
        InProcess(segmenter, photo, threads, images / 4);
        await Closed(http, address, photo, images / 4, bad: false);
        var alone = new double[rounds];
        var service = new double[rounds];
        var ratios = new double[rounds];
        for (int i = 0; i < rounds; i++)
        {
            alone[i] = InProcess(segmenter, photo, threads, images);
            service[i] = (await Closed(http, address, photo, images, bad: false)).Rate;
            ratios[i] = service[i] / alone[i];
        }
        Print($"{rounds} rounds of {images} images: segmenter alone on {threads} threads {Statistics.Median(alone):0.0} images/s, service with {Clients} clients {Statistics.Median(service):0.0}");
        Print($"of the segmenter alone {Statistics.Median(ratios):0.00} ({ratios.Min():0.00} to {ratios.Max():0.00})");
        return Statistics.Median(service);
    }

    private static async Task<bool> Hostile(HttpClient http, Uri address, byte[] photo, int requests)
    {
        Figures first = await Closed(http, address, photo, requests / 2, bad: true);
        double before = Resident();
        ResidentMemory.ResetPeak();
        Figures second = await Closed(http, address, photo, requests - requests / 2, bad: true);
        double after = Resident();
        KeyValuePair<int, int>[] all = [.. first.Statuses, .. second.Statuses];
        string answers = string.Join(", ", all.GroupBy(s => s.Key).OrderBy(g => g.Key).Select(g => $"{g.Key}: {g.Sum(s => s.Value)}"));
        Print($"{requests} requests, one in ten bad: answers {answers}");
        Print($"memory {before:0} MB after the first half, {after:0} after the second ({100 * (after / before - 1):+0.0;-0.0} %), {ResidentMemory.Peak():0} at most between them");
        return all.All(s => s.Key < 500);
    }

    private static double InProcess(Segmenter segmenter, byte[] photo, int threads, int images)
    {
        int left = images + threads;
        long start = Stopwatch.GetTimestamp();
        Thread[] workers = [.. Enumerable.Range(0, threads).Select(_ => new Thread(() =>
        {
            while (Interlocked.Decrement(ref left) >= threads)
            {
                using Masks.SegmentationMask mask = segmenter.Predict(photo, "photo");
                Masks.MaskFile.EncodePng(mask);
            }
        }))];
        Array.ForEach(workers, w => w.Start());
        Array.ForEach(workers, w => w.Join());
        return images / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    // Each client asks again when it has its answer.
    private static async Task<Figures> Closed(HttpClient http, Uri address, byte[] photo, int requests, bool bad)
    {
        var figures = new Figures();
        int next = 0;
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => Task.Run(async () =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) <= requests;)
            {
                await (bad && i % 10 == 0 ? Bad(http, address, photo, i / 10, figures) : Good(http, photo, figures));
            }
        })));
        figures.Rate = figures.Milliseconds.Count / Stopwatch.GetElapsedTime(start).TotalSeconds;
        return figures;
    }

    // Requests come at their own pace, by chance, whatever the answers take.
    private static async Task<Figures> Open(HttpClient http, byte[] photo, int requests, double rate)
    {
        var figures = new Figures();
        var random = new Random(1);
        var asked = new List<Task>();
        double due = 0;
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < requests; i++)
        {
            due += -Math.Log(1 - random.NextDouble()) / rate;
            double wait = due - Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (wait > 0)
            {
                await Task.Delay(TimeSpan.FromSeconds(wait));
            }
            asked.Add(Good(http, photo, figures));
        }
        await Task.WhenAll(asked);
        return figures;
    }

    private static async Task Good(HttpClient http, byte[] photo, Figures figures)
    {
        long start = Stopwatch.GetTimestamp();
        using HttpResponseMessage answer = await http.PostAsync("/v1/segment", new ByteArrayContent(photo));
        await answer.Content.ReadAsByteArrayAsync();
        figures.Count((int)answer.StatusCode);
        if (answer.StatusCode == HttpStatusCode.OK)
        {
            figures.Milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
    }

    private static async Task Bad(HttpClient http, Uri address, byte[] photo, int kind, Figures figures)
    {
        if (kind % 5 is 3 or 4)
        {
            // 3: sends slowly and goes; 4: sends all and goes before the answer.
            using var client = new TcpClient();
            await client.ConnectAsync(address.Host, address.Port);
            NetworkStream stream = client.GetStream();
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST /v1/segment HTTP/1.1\r\nHost: x\r\nContent-Length: {photo.Length}\r\n\r\n"));
            for (int at = 0; kind % 5 == 3 && at < 500; at += 100)
            {
                await stream.WriteAsync(photo.AsMemory(at, 100));
                await Task.Delay(50);
            }
            if (kind % 5 == 4)
            {
                await stream.WriteAsync(photo);
            }
            return;
        }
        byte[] body = (kind % 5) switch
        {
            0 => [1, 2, 3],
            1 => photo[..(photo.Length / 2)],
            _ => _bomb,
        };
        using HttpResponseMessage answer = await http.PostAsync("/v1/segment", new ByteArrayContent(body));
        figures.Count((int)answer.StatusCode);
    }

    // A PNG whose header says 30000x30000 and whose data is empty.
    private static byte[] Bomb()
    {
        using var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        Chunk("IHDR"u8, [0, 0, 117, 48, 0, 0, 117, 48, 8, 2, 0, 0, 0]);
        Chunk("IDAT"u8, [0x78, 0x9c, 3, 0, 0, 0, 0, 1]);
        Chunk("IEND"u8, []);
        return file.ToArray();

        void Chunk(ReadOnlySpan<byte> type, ReadOnlySpan<byte> content)
        {
            byte[] body = [.. type, .. content], number = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
            file.Write(number);
            file.Write(body);
            BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.HashToUInt32(body));
            file.Write(number);
        }
    }

    private static byte[] Photo()
    {
        using var image = new RgbaImage(480, 360);
        for (int i = 0; i < 480 * 360; i++)
        {
            (image.Pixels[4 * i], image.Pixels[4 * i + 1], image.Pixels[4 * i + 2], image.Pixels[4 * i + 3]) = ((byte)(i % 480 / 2), (byte)(i / 480 / 2), (byte)(i * 7 / 480), 255);
        }
        return ImageFile.EncodeJpeg(image);
    }

    private static double Resident()
    {
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64 / 1e6;
    }

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private sealed class Figures
    {
        public ConcurrentBag<double> Milliseconds { get; } = [];

        public ConcurrentDictionary<int, int> Statuses { get; } = [];

        public double Rate { get; set; }

        public void Count(int status) => Statuses.AddOrUpdate(status, 1, (_, n) => n + 1);

        public double At(double share) => Milliseconds.Order().ElementAt((int)(share * (Milliseconds.Count - 1)));
    }
}
