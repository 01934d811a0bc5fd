using SegML.Batches;
using SegML.Cluster.Orders;
using SegML.Images;
using SegML.Masks;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Tests.Scoring;

namespace SegML.Tests.Cluster;

/// <summary>A folder of photos with folders below, a model, and what one process makes of them.</summary>
internal sealed class Photos : IDisposable
{
    private static readonly Dictionary<string, byte[]> _right = new(StringComparer.Ordinal);

    private readonly TemporaryFolder _folder = new();
    private readonly int _width, _height;

    public Photos(int count, int width = 40, int height = 30)
    {
        (_width, _height) = (width, height);
        Model = _folder.File("model.onnx", TinyModel.Create());
        for (int i = 0; i < count; i++)
        {
            Add($"{(i % 2 == 0 ? "" : "more/")}photo-{i:000}.png", i);
        }
    }

    public string Model { get; }

    public string Input => File("photos");

    public string Output => File("results");

    public string File(string name) => _folder.File(name);

    public void Add(string name, int seed)
    {
        using RgbaImage image = TestImages.Noise(_width, _height, seed);
        ImageFile.Write(File("photos/" + name), image);
    }

    /// <summary>A file that is no image.</summary>
    public string AddPoison(string name)
    {
        string path = File("photos/" + name);
        System.IO.File.WriteAllText(path, "no image");
        return path;
    }

    public ScoringRequest Request(int chunk = 4) => new()
    {
        Model = Model,
        Inputs = [Input],
        Outputs = new BatchOutputs { Folder = Output },
        ChunkSize = chunk,
    };

    /// <summary>Asserts that the results are exactly those of one process, byte for byte, and nothing else.</summary>
    public void AssertResults(params string[] without)
    {
        using Segmenter segmenter = Segmenter.Load(Model, new SegmenterOptions { Device = ComputeDevice.Cpu });
        var expected = new SortedSet<string>(StringComparer.Ordinal);
        foreach (string photo in Directory.EnumerateFiles(Input, "*.png", SearchOption.AllDirectories).Except(without))
        {
            string name = Path.GetRelativePath(Input, photo), key = Convert.ToHexString(System.IO.Hashing.XxHash128.Hash(System.IO.File.ReadAllBytes(photo)));
            if (!_right.TryGetValue(key, out byte[]? right))
            {
                using SegmentationMask mask = segmenter.Predict(photo);
                MaskFile.Write(File("right.png"), mask);
                right = _right[key] = System.IO.File.ReadAllBytes(File("right.png"));
            }
            expected.Add(name);
            Assert.IsTrue(right.AsSpan().SequenceEqual(System.IO.File.ReadAllBytes(Path.Combine(Output, name))), name);
        }
        string[] there = [.. Directory.EnumerateFiles(Output, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Output, f))
            .Where(f => !f.StartsWith(".segml", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        CollectionAssert.AreEqual(expected.ToArray(), there);
    }

    public void Dispose() => _folder.Dispose();
}
