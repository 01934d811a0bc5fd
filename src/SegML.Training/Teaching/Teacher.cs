using Microsoft.ML.OnnxRuntime;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Training.Networks;
using SegML.Training.Runs;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Training.Teaching;

/// <summary>A finished model that says what it sees in a batch.</summary>
internal sealed class Teacher : IDisposable
{
    private readonly string _path;
    private readonly InferenceSession? _session;
    private readonly SegmentationNetwork? _network;
    private readonly TeacherInput _input;
    private readonly Tensor _channels;

    private Teacher(string path, InferenceSession? session, SegmentationNetwork? network, TeacherInput input, Tensor channels)
    {
        (_path, _session, _network, _input, _channels) = (path, session, network, input, channels);
    }

    /// <summary>Opens a model.</summary>
    /// <param name="path">A run's folder, or a model (.onnx).</param>
    /// <param name="pipeline">What is trained.</param>
    /// <param name="device">Where the batches will be.</param>
    /// <exception cref="ModelFormatException">It is missing or damaged, lacks a class, or sees images otherwise.</exception>
    public static Teacher Open(string path, Pipeline pipeline, Device device)
    {
        InferenceSession? session = null;
        SegmentationNetwork? network = null;
        try
        {
            ClassSet classes;
            InputOptions input;
            if (path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase))
            {
                ModelInfo info = ModelInfo.Read(path);
                (classes, input) = (info.Classes, info.Input);
                (session, _, _) = SessionFactory.Open(SessionFactory.ReadFile(path), path, new SegmenterOptions { Device = ComputeDevice.Cpu });
                SessionFactory.CheckTensors(session, input.ChannelCount, classes.Count, path);
            }
            else
            {
                Pipeline trained = RunFolder.ReadPipeline(path);
                (classes, input) = (trained.Classes, trained.Input);
                network = RunFolder.ReadBest(path, trained);
                network.to(device);
            }
            long[] channels = Channels(path, classes, pipeline.Classes);
            return new Teacher(path, session, network, TeacherInput.Between(path, input, pipeline.Input), tensor(channels, device: device));
        }
        catch
        {
            session?.Dispose();
            network?.Dispose();
            throw;
        }
    }

    /// <summary>What it sees.</summary>
    /// <param name="images">[N, C, H, W], normalised for the network that learns.</param>
    /// <returns>Logits [N, classes, h, w] of the classes that are learnt, in their order; the caller owns them.</returns>
    /// <exception cref="ModelFormatException">The model fails on the size.</exception>
    public Tensor Logits(Tensor images)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor seen = _input.Convert(images);
        Tensor logits = _network is not null ? _network.CoarseLogits(seen) : Run(seen);
        return logits.to_type(ScalarType.Float32).index_select(1, _channels).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _session?.Dispose();
        _network?.Dispose();
        _channels.Dispose();
    }

    private Tensor Run(Tensor images)
    {
        float[] pixels = [.. images.cpu().contiguous().data<float>()];
        try
        {
            using var input = OrtValue.CreateTensorValueFromMemory(pixels, images.shape);
            using var options = new RunOptions();
            using IDisposableReadOnlyCollection<OrtValue> results = _session!.Run(options, [Segmenter.InputName], [input], [Segmenter.OutputName]);
            long[] shape = results[0].GetTensorTypeAndShape().Shape;
            return tensor(results[0].GetTensorDataAsSpan<float>().ToArray(), shape).to(images.device);
        }
        catch (OnnxRuntimeException e)
        {
            throw new ModelFormatException(_path, $"fails on an input of [{string.Join(", ", images.shape)}] as training.teacher", "export it with dynamic batch, height and width", e);
        }
    }

    private static long[] Channels(string path, ClassSet known, ClassSet learnt)
    {
        if (known.IsMultiLabel)
        {
            throw new ModelFormatException(path, "has classes that overlap, and cannot be a teacher", "choose a model of which a pixel has one class");
        }
        string[] names = [.. known.Names];
        return [.. learnt.Names.Select(name => Array.FindIndex(names, n => string.Equals(n, name, StringComparison.OrdinalIgnoreCase)) is >= 0 and var place ? (long)place
            : throw new ModelFormatException(path, $"does not know the class \"{name}\", and so cannot be a teacher", $"its classes are {string.Join(", ", names.Take(20))}"))];
    }
}
