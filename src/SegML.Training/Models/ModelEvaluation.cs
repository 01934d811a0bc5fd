using System.Runtime.InteropServices;
using SegML.Datasets;
using SegML.Evaluation;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Training.Data;
using SegML.Training.Losses;
using SegML.Training.Networks;
using SegML.Training.Ranks;
using SegML.Training.Runs;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Training.Models;

/// <summary>
/// Evaluates a TorchSharp network as the exported model is evaluated: the same preprocessing, the same choice of classes,
/// masks at their own size, figures over the whole split.
/// </summary>
public static class ModelEvaluation
{
    /// <summary>Evaluates a run's best checkpoint.</summary>
    /// <param name="runFolder">The run.</param>
    /// <param name="split">The split's name: "val".</param>
    /// <param name="dataRoot">Replaces the data root that the run was trained with. Null: that one.</param>
    /// <param name="device">Where the network is computed.</param>
    /// <param name="cancellation">Stops between images.</param>
    /// <exception cref="SegMLException">The run or the data cannot be read.</exception>
    public static SegmentationMetrics Evaluate(
        string runFolder, string split, string? dataRoot = null, ComputeDevice device = ComputeDevice.Auto, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(split);
        Device on = TorchDevice.Choose(device);
        Pipeline pipeline = RunFolder.ReadPipeline(runFolder, dataRoot);
        var samples = SampleSource.FromFiles(Dataset.List(pipeline, split), pipeline.Classes);
        using SegmentationNetwork network = RunFolder.ReadBest(runFolder, pipeline);
        network.to(on);
        return Evaluate(network, samples, pipeline.Input, new SegmentationEvaluator(pipeline.Classes), on, null, new OneProcess(), cancellation).Metrics;
    }

    /// <summary>Evaluates a network as it is, without surface distances and objects, which would hold up training.</summary>
    /// <param name="network">The network; it is put into evaluation mode.</param>
    /// <param name="samples">Images and masks.</param>
    /// <param name="input">How an image becomes the network's input.</param>
    /// <param name="classes">The classes.</param>
    /// <param name="device">Where the network is.</param>
    /// <param name="cancellation">Stops between images.</param>
    public static SegmentationMetrics Evaluate(
        SegmentationNetwork network, SampleSource samples, InputOptions input, ClassSet classes, Device device, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(classes);
        return EvaluateWithLoss(network, samples, input, classes, device, null, new OneProcess(), cancellation).Metrics;
    }

    /// <summary>Evaluates a network as it is, and computes the loss that it is trained with.</summary>
    /// <param name="network">The network; it is put into evaluation mode.</param>
    /// <param name="samples">Images and masks.</param>
    /// <param name="input">How an image becomes the network's input.</param>
    /// <param name="classes">The classes.</param>
    /// <param name="device">Where the network is.</param>
    /// <param name="loss">The loss; null: none is computed.</param>
    /// <param name="ranks">The processes that share the samples out; each returns the figures of all.</param>
    /// <param name="cancellation">Stops between images.</param>
    /// <returns>The figures, of classes that overlap at the thresholds that suit these samples best, and the mean over the images of each one's loss at the network's size; NaN where none was computed.</returns>
    internal static (SegmentationMetrics Metrics, double Loss) EvaluateWithLoss(SegmentationNetwork network, SampleSource samples, InputOptions input,
        ClassSet classes, Device device, SegmentationLoss? loss, IAllReduce ranks, CancellationToken cancellation = default) => classes.IsMultiLabel
        ? ThresholdChoice.Evaluate(network, samples, input, classes, device, loss, ranks, cancellation)
        : Evaluate(network, samples, input, new SegmentationEvaluator(classes) { MeasuresObjects = false }, device, loss, ranks, cancellation);

    private static (SegmentationMetrics Metrics, double Loss) Evaluate(SegmentationNetwork network, SampleSource samples, InputOptions input,
        SegmentationEvaluator evaluator, Device device, SegmentationLoss? loss, IAllReduce ranks, CancellationToken cancellation)
    {
        ClassSet classes = evaluator.Classes;
        network.eval();
        double losses = 0;
        int counted = 0;
        using IDisposable noGradients = no_grad();
        ranks.Together(() =>
        {
            int first = ranks.Rank, step = ranks.Count;
            Task<(NetworkImage Image, SegmentationMask Mask)>? next = first < samples.Count ? Task.Run(() => samples.Read(first, input), CancellationToken.None) : null;
            for (int i = first; i < samples.Count; i += step)
            {
                (NetworkImage image, SegmentationMask mask) = next!.GetAwaiter().GetResult();
                using (image)
                {
                    cancellation.ThrowIfCancellationRequested();
                    int following = i + step;
                    next = following < samples.Count ? Task.Run(() => samples.Read(following, input), CancellationToken.None) : next;
                    // A mask of ignored pixels alone has no loss.
                    bool counts = loss is not null && mask.Ids.IndexOfAnyExcept(classes.IgnoreIndex) >= 0;
                    evaluator.Add(mask, Predict(network, image, input, classes, device, counts ? logits => losses += Loss(loss!, logits, mask) : null));
                    counted += counts ? 1 : 0;
                }
            }
            return true;
        });
        if (ranks.Count > 1)
        {
            evaluator.SumCounts(ranks.Sum);
            (losses, counted) = (ranks.Sum(losses), (int)ranks.Sum(counted));
        }
        return (evaluator.ToMetrics(), counted == 0 ? double.NaN : losses / counted);
    }

    /// <summary>Segments one image.</summary>
    /// <param name="network">The network, in evaluation mode.</param>
    /// <param name="image">An image of any size.</param>
    /// <param name="input">How an image becomes the network's input.</param>
    /// <param name="classes">The classes.</param>
    /// <param name="device">Where the network is.</param>
    /// <returns>A mask of the image's size.</returns>
    public static SegmentationMask Predict(SegmentationNetwork network, RasterImage image, InputOptions input, ClassSet classes, Device device)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(classes);
        using NetworkImage prepared = NetworkImage.Of(image, input);
        return Predict(network, prepared, input, classes, device);
    }

    internal static double Loss(SegmentationLoss loss, Tensor logits, SegmentationMask mask)
    {
        (int height, int width) = ((int)logits.shape[2], (int)logits.shape[3]);
        SegmentationMask sized = mask.Width == width && mask.Height == height ? mask : mask.Resize(width, height);
        using DisposeScope scope = NewDisposeScope();
        Tensor labels = tensor(sized.Ids.ToArray(), [1, height, width], ScalarType.Byte).to(logits.device);
        return loss.Compute(logits, labels).item<float>();
    }

    internal static SegmentationMask Predict(SegmentationNetwork network, NetworkImage image, InputOptions input, ClassSet classes, Device device,
        Action<Tensor>? look = null)
    {
        var mask = new SegmentationMask(image.Width, image.Height, classes);
        Compute(network, image, input, device, (logits, height, width) =>
            new LogitsView(logits, classes.Count, height, width).Classify(classes, mask.Ids, image.Height, image.Width), look);
        return mask;
    }

    /// <summary>Lends an image's logits, [C, H, W] at the network's size.</summary>
    internal static void Compute(SegmentationNetwork network, NetworkImage image, InputOptions input, Device device, LogitsReader read, Action<Tensor>? look = null)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradients = no_grad();
        (int width, int height) = (image.Pixels.Width, image.Pixels.Height);
        Tensor values = empty(1, height, width, input.ChannelCount);
        image.Fill(input, MemoryMarshal.Cast<byte, float>(values.bytes), TensorLayout.Nhwc);
        Tensor scores = network.call(values.permute(0, 3, 1, 2).to(device)), logits = scores.cpu().contiguous();
        look?.Invoke(scores);
        if (FiniteLogits.Fault(MemoryMarshal.Cast<byte, float>(logits.bytes)) is { } fault)
        {
            throw new ModelFormatException(network.GetName(), $"gives logits that are not numbers ({fault})", "train again, with a lower learning rate");
        }
        read(MemoryMarshal.Cast<byte, float>(logits.bytes), height, width);
    }

    /// <summary>Reads logits [C, height, width].</summary>
    internal delegate void LogitsReader(ReadOnlySpan<float> logits, int height, int width);
}
