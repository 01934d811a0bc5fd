using SegML.Onnx;
using SegML.Pipelines;
using SegML.Training.Networks;
using SegML.Training.PyTorch;
using SegML.Training.Runs;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Training.Starting;

/// <summary>
/// Weights for a network's encoder, by name: from an ONNX model, a run's folder or a checkpoint. Names may be SegML's own
/// (<c>encoder.layer1.0.conv1.conv.weight</c>) or, for the ResNets, torchvision's (<c>layer1.0.conv1.weight</c>).
/// </summary>
internal static class EncoderWeights
{
    private const string Prefix = "encoder.";

    private static readonly Func<string, string>[] Namings =
    [
        name => Prefix + name,
        name => name,
        name => name.Replace(".conv.", ".", StringComparison.Ordinal),
    ];

    /// <summary>Overwrites the encoder's weights and statistics.</summary>
    /// <param name="network">The network.</param>
    /// <param name="path">
    /// "imagenet" or the file that this stands for, of which the first layer is rewritten for the input; an ONNX model (.onnx) whose batch normalisations are
    /// not folded, a run's folder, or a checkpoint (.dat); or a checkpoint of PyTorch's, treated as the first.
    /// </param>
    /// <param name="input">What the network will be given.</param>
    /// <param name="source">The pipeline file's path, for errors.</param>
    /// <returns>What was read. The input's convolution is left out where it takes other channels.</returns>
    /// <exception cref="PipelineFormatException">The network has no encoder, or none for these weights.</exception>
    /// <exception cref="ModelFormatException">The file cannot be read, or lacks weights of the encoder; none was changed.</exception>
    public static EncoderOrigin Load(SegmentationNetwork network, string path, InputOptions input, string source)
    {
        nn.Module encoder = network.Encoder ?? throw new PipelineFormatException(source,
            $"has training.encoderWeights, but {network.GetName()} has no encoder", "choose a network with an encoder, such as resnet-light, or use training.startFrom");
        string file = path == ImageNetEncoder.Name ? ImageNetEncoder.Find(source) : path;
        if (path == ImageNetEncoder.Name || ImageNetEncoder.Is(file))
        {
            return ImageNetEncoder.Load(encoder, file, input, source);
        }
        string? remark = null, hash = File.Exists(path) ? EncoderOrigin.HashOf(path) : null;
        int tensors;
        if (StateDict.Is(path))
        {
            (tensors, remark) = PublicWeights.Load(encoder, path, input, source);
        }
        else
        {
            tensors = path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase) ? FromOnnx(encoder, path) : FromCheckpoint(encoder, path);
        }
        return new EncoderOrigin(path, tensors, hash, null) { Remark = remark };
    }

    private static int FromOnnx(nn.Module encoder, string path)
    {
        try
        {
            Func<string, string> naming = Namings.MaxBy(n => OnnxWeights.Load(encoder, path, dryRun: true, constantName: n).Loaded.Count)!;
            OnnxWeightReport report = OnnxWeights.Load(encoder, path, dryRun: true, constantName: naming);
            Check(path, report.Loaded.Count, report.Missing, report.Mismatched);
            return OnnxWeights.Load(encoder, path, constantName: naming).Loaded.Count;
        }
        catch (OnnxExportException e)
        {
            throw new ModelFormatException(path, $"cannot be read for training.encoderWeights ({e.Message.TrimEnd('.')})", "give an ONNX model, or a run's folder", e);
        }
    }

    private static int FromCheckpoint(nn.Module encoder, string path)
    {
        string file = Directory.Exists(path) ? RunFolder.BestTensors(path) : path;
        KeyValuePair<string, Tensor>[] state = [.. encoder.state_dict()];
        int loaded = 0;
        TensorFile.Use(file, tensors =>
        {
            Func<string, string> naming = Namings.MaxBy(n => state.Count(p => tensors.ContainsKey(n(p.Key))))!;
            var there = state.Where(p => tensors.ContainsKey(naming(p.Key))).ToLookup(p => tensors[naming(p.Key)].shape.AsSpan().SequenceEqual(p.Value.shape));
            string[] missing = [.. state.Select(p => p.Key).Except(there[true].Select(p => p.Key))];
            loaded = there[true].Count();
            Check(file, loaded, missing, [.. there[false].Select(p => p.Key)]);
            TensorFile.CopyInto(tensors, "", there[true].Select(p => new KeyValuePair<string, Tensor>(naming(p.Key), p.Value)), file);
        });
        return loaded;
    }

    // One tensor of another shape is the input's convolution, made for other channels; it begins anew.
    private static void Check(string path, int loaded, IReadOnlyCollection<string> missing, IReadOnlyCollection<string> mismatched)
    {
        if (loaded == 0 || mismatched.Count > 1 || missing.Count > mismatched.Count)
        {
            throw new ModelFormatException(path, $"lacks {missing.Count} of the encoder's weights, {missing.First()} for one",
                "give weights of the same encoder and width; export ONNX models with their batch normalisations unfolded");
        }
    }
}
