using SegML.Pipelines;
using SegML.Training;
using SegML.Training.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Benchmarks;

/// <summary>One way to take training steps.</summary>
/// <param name="name">What it is called in the table.</param>
internal abstract class TrainingLoop(string name) : IDisposable
{
    public string Name => name;

    /// <summary>Takes steps.</summary>
    /// <returns>What they took together.</returns>
    public abstract Spent Take(int steps);

    public abstract void Dispose();
}

/// <summary>A loop on fixed tensors in this process.</summary>
internal abstract class TorchLoop : TrainingLoop
{
    private readonly SegmentationNetwork _network;
    private readonly optim.Optimizer _optimizer;

    protected TorchLoop(string name, TrainingTask task, Precision precision) : base(name)
    {
        manual_seed(1);
        _network = NetworkCatalog.Create(task.Pipeline(1).Network, task.Classes);
        ConvLayer.SetPrecision(_network, precision);
        _network.train();
        _optimizer = optim.AdamW(_network.parameters(), 2e-3, weight_decay: 2e-2);
    }

    public override Spent Take(int steps)
    {
        Spent before = Spent.SoFar();
        for (int i = 0; i < steps; i++)
        {
            using DisposeScope scope = NewDisposeScope();
            _optimizer.zero_grad();
            Tensor loss = Loss(_network);
            loss.backward();
            _optimizer.step();
            loss.item<float>();
        }
        return Spent.SoFar() - before;
    }

    public override void Dispose()
    {
        _optimizer.Dispose();
        _network.Dispose();
    }

    protected abstract Tensor Loss(SegmentationNetwork network);
}

/// <summary>What our trainer does, without anything around it: same memory format, same precision, same loss, by torch's own functions.</summary>
internal sealed class BareLoop : TorchLoop
{
    private readonly Tensor _images, _labels, _weights;

    public BareLoop(TrainingTask task) : base("bare TorchSharp loop on fixed tensors", task, TorchDevice.Resolve(Precision.Auto, CPU))
    {
        using Tensor nhwc = randn(task.Batch, task.Height, task.Width, 3);
        _images = nhwc.permute(0, 3, 1, 2);
        _labels = randint(0, task.Classes, [task.Batch, task.Height, task.Width], dtype: ScalarType.Int64);
        _weights = ones(task.Classes);
    }

    protected override Tensor Loss(SegmentationNetwork network)
    {
        Tensor logits = network.CoarseLogits(_images).to_type(ScalarType.Float32);
        logits = nn.functional.interpolate(logits, [_labels.shape[1], _labels.shape[2]], mode: InterpolationMode.Bilinear, align_corners: false);
        return nn.functional.cross_entropy(logits, _labels, _weights, ignore_index: 255, label_smoothing: 0.05);
    }

    public override void Dispose()
    {
        _images.Dispose();
        _labels.Dispose();
        _weights.Dispose();
        base.Dispose();
    }
}

/// <summary>The same network as a tutorial would train it: float32, planes one after the other, logits at full size.</summary>
internal sealed class TutorialLoop : TorchLoop
{
    private readonly Tensor _images, _labels;

    public TutorialLoop(TrainingTask task) : base("tutorial's TorchSharp loop, fp32 NCHW", task, Precision.Float32)
    {
        _images = randn(task.Batch, 3, task.Height, task.Width);
        _labels = randint(0, task.Classes, [task.Batch, task.Height, task.Width], dtype: ScalarType.Int64);
    }

    protected override Tensor Loss(SegmentationNetwork network) => nn.functional.cross_entropy(network.call(_images), _labels);

    public override void Dispose()
    {
        _images.Dispose();
        _labels.Dispose();
        base.Dispose();
    }
}
