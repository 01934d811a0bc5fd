using SegML.Masks;
using SegML.Onnx;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Training.Networks;
using TorchSharp;

namespace SegML.Benchmarks;

/// <summary>Finds or makes a model to score with.</summary>
internal static class BenchmarkModel
{
    /// <returns>The path named; else the repository's CamVid model; else an untrained one, made in a folder.</returns>
    public static string Find(string? path, string folder) => path ?? InRepository() ?? Create(Path.Combine(folder, "fcn-light-untrained.onnx"));

    /// <summary>The repository's folder; where there is none, the program's.</summary>
    public static string Repository
    {
        get
        {
            DirectoryInfo? folder = new(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "SegML.sln")))
            {
                folder = folder.Parent;
            }
            return folder?.FullName ?? AppContext.BaseDirectory;
        }
    }

    private static string? InRepository()
    {
        string model = Path.Combine(Repository, "onnx", "camvid-fcn-light.onnx");
        return File.Exists(model) ? model : null;
    }

    private static string Create(string path)
    {
        var info = new ModelInfo
        {
            Name = "untrained",
            Classes = new ClassSet([.. Enumerable.Range(0, 11).Select(i => new SegmentationClass { Id = i, Name = $"class {i}", Color = default })]),
            Input = new InputOptions(),
        };
        torch.manual_seed(1);
        using var network = NetworkCatalog.Create(new NetworkOptions(), info.Classes.Count);
        network.eval();
        using torch.Tensor example = torch.rand(1, 3, 96, 128);
        OnnxExporter.Export(network, example, path, new OnnxExportOptions { InputName = "image", OutputName = "logits", Metadata = info.ToMetadata() });
        return path;
    }
}
