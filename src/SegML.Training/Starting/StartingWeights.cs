using SegML.Onnx;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Training.Runs;
using static TorchSharp.torch;

namespace SegML.Training.Starting;

/// <summary>Weights that a network can start from, and what is known of the network that they come from.</summary>
internal sealed class StartingWeights : IDisposable
{
    private StartingWeights(string path, IReadOnlyDictionary<string, Tensor> tensors)
    {
        Path = path;
        Tensors = tensors;
    }

    /// <summary>The run, checkpoint or model.</summary>
    public string Path { get; }

    /// <summary>All tensors by name. On the CPU.</summary>
    public IReadOnlyDictionary<string, Tensor> Tensors { get; }

    /// <summary>The class names in the order of the logits' channels; null: not known.</summary>
    public IReadOnlyList<string>? Classes { get; private init; }

    /// <summary>How an image became the network's input; null: not known.</summary>
    public InputOptions? Input { get; private init; }

    /// <summary>The network with its options, for people; null: not known.</summary>
    public string? Network { get; private init; }

    /// <summary>Reads a run's folder (its best checkpoint), an exported model (.onnx), or a checkpoint of a run (best.dat, last.dat, epoch-0012.dat).</summary>
    /// <exception cref="ModelFormatException">It is missing or damaged, or has 8-bit weights.</exception>
    public static StartingWeights Read(string path)
    {
        if (path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase))
        {
            return FromModel(path);
        }
        bool isRun = Directory.Exists(path);
        string file = isRun ? RunFolder.BestTensors(path) : path, folder = isRun ? path : System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;
        // A checkpoint may have been copied out of its run; its classes are then not known.
        Pipeline? pipeline = File.Exists(RunFolder.PipelineFile(folder)) ? RunFolder.ReadPipeline(folder) : null;
        return new StartingWeights(file, TensorFile.Read(file))
        {
            Classes = pipeline?.Classes.Names,
            Input = pipeline?.Input,
            Network = pipeline is null ? null : Describe(pipeline.Network.Name, pipeline.Network.Options?.ToJsonString()),
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor tensor in Tensors.Values)
        {
            tensor.Dispose();
        }
    }

    private static StartingWeights FromModel(string path)
    {
        try
        {
            ModelInfo? info = Describe(path);
            if (info?.Precision == ModelPrecision.Int8)
            {
                throw new ModelFormatException(path, "has 8-bit weights, which training cannot go on from", "start from the fp32 model that it was made from");
            }
            // A model whose classes were merged at its export still has the scores of those that it was trained on.
            string[]? members = info?.Training?["mergedFrom"]?.AsArray().Select(n => (string)n!).ToArray();
            string? network = (string?)info?.Training?["network"];
            return new StartingWeights(path, OnnxWeights.Read(path))
            {
                Classes = members ?? info?.Classes.Names,
                Input = info?.Input,
                Network = network is null ? null : Describe(network, info!.Training!["networkOptions"]?.ToJsonString()),
            };
        }
        catch (OnnxExportException e)
        {
            throw new ModelFormatException(path, $"cannot be read for training.startFrom ({e.Fault})", "give a run's folder, a checkpoint of a run, or an exported model", e);
        }
    }

    // A model of other origin may have tensors of the right names all the same.
    private static ModelInfo? Describe(string path)
    {
        try
        {
            return ModelInfo.Read(path);
        }
        catch (ModelFormatException) when (File.Exists(path))
        {
            return null;
        }
    }

    private static string Describe(string name, string? options) => options is null or "{}" ? name : $"{name} {options}";
}
