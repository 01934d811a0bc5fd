using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using SegML.Batches;
using SegML.Pipelines;
using SegML.Scoring;

namespace SegML.Benchmarks;

/// <summary>Folders of JPEGs to masks' files as <c>segml predict</c> scores them, on all cores, against the network alone on as many.</summary>
internal static class ThroughputBenchmark
{
    private const double OfTheNetwork = 0.95;

    public static int Run(Arguments arguments)
    {
        (int width, int height) = arguments.Size("image-size") ?? (1920, 1208);
        int cores = Environment.ProcessorCount, images = arguments.Number("images", 24), rounds = arguments.Number("rounds", 5);
        string folder = Directory.CreateTempSubdirectory("segml-throughput-").FullName;
        try
        {
            BatchImage[] files = [.. DrawnData.WriteImages(folder, images, (width, height)).Select(f => new BatchImage(f, Path.GetFileNameWithoutExtension(f)))];
            string model = BenchmarkModel.Find(arguments.Text("model"), folder);
            using Segmenter alone = Segmenter.Load(model), side = Segmenter.Load(model, new SegmenterOptions { Threads = 1 });
            InputOptions input = side.Info.Input;
            (int w, int h) = input.SizeFor(width, height);
            using var options = new SessionOptions { IntraOpNumThreads = 1 };
            using var session = new InferenceSession(File.ReadAllBytes(model), options);
            var image = new DenseTensor<float>([1, 3, h, w]);
            var feed = new List<NamedOnnxValue> { NamedOnnxValue.CreateFromTensor(session.InputNames[0], image) };
            Console.WriteLine($"{Path.GetFileName(model)}: {images} JPEGs of {width}x{height}, network at {w}x{h}, {cores} cores");
            var outputs = new BatchOutputs { Folder = Path.Combine(folder, "masks") };
            bool held = Race.Run("images side by side", images, rounds, Network,
                _ => new BatchScoring(side, outputs) { SideBySide = cores }.Run(files), OfTheNetwork);
            Race.Run("one after the other", images, rounds, Network, _ => new BatchScoring(alone, outputs).Run(files), OfTheNetwork);
            return held ? 0 : 1;

            void Network(int turn)
            {
                int next = -1;
                Task.WaitAll([.. Enumerable.Range(0, cores).Select(_ => Task.Factory.StartNew(() =>
                {
                    while (Interlocked.Increment(ref next) < images)
                    {
                        session.Run(feed).Dispose();
                    }
                }, TaskCreationOptions.LongRunning))]);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
