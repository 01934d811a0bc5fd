using SegML.Pipelines;
using SegML.Training.Data;
using SegML.Training.Losses;
using SegML.Training.Networks;
using SegML.Training.Optimization;
using SegML.Training.Ranks;
using SegML.Training.Teaching;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Training.Loop;

/// <summary>
/// What an iteration does: loss and gradients of a batch and, after the last of each training.accumulate batches, a step, which
/// updates the weights and their average.
/// </summary>
/// <param name="network">Is trained, and is in training mode.</param>
/// <param name="training">How.</param>
/// <param name="optimizer">Of the network's parameters.</param>
/// <param name="averaging">Of the network's weights.</param>
/// <param name="loss">The loss.</param>
/// <param name="batches">Iterations of an epoch.</param>
/// <param name="device">Where the network is.</param>
internal sealed class TrainingStep(
    SegmentationNetwork network, TrainingOptions training, Optimizer optimizer, WeightAverage averaging, SegmentationLoss loss, int batches, Device device)
{
    // So that the factor stays below 1 for a norm that is just the limit: PyTorch's clip_grad_norm_.
    private const double Tiny = 1e-6;
    private readonly StepPlan _plan = new(batches, training.Accumulate);
    private readonly LearningRateSchedule _schedule = new(
        training.Schedule, training.LearningRate, training.WarmUpIterations, training.Epochs, new StepPlan(batches, training.Accumulate).EpochSteps);

    /// <summary>Score the network's coarser stages, for deep supervision; null: nothing does.</summary>
    public AuxiliaryHeads? Heads { get; init; }

    /// <summary>Models to learn from besides the masks; null: none.</summary>
    public Teachers? Teachers { get; init; }

    /// <summary>Changes a batch's samples by each other; null: nothing does.</summary>
    public BatchMixing? Mixing { get; init; }

    /// <summary>Where the network computes in float16; else null.</summary>
    public LossScaler? Scaler { get; init; }

    /// <summary>The processes that train together. Default: this one alone.</summary>
    public IAllReduce Ranks { get; init; } = new OneProcess();

    /// <summary>Adds the gradients of all processes up; null: there is one process.</summary>
    public GradientSum? Gradients { get; init; }

    /// <summary>Iterations of the whole run.</summary>
    public int Iterations => training.Epochs * batches;

    /// <summary>The learning rate of the step that an iteration, from 0, is part of.</summary>
    public double LearningRateAt(int iteration) => _schedule.At(_plan.StepOf(iteration));

    /// <summary>Learns from a batch.</summary>
    /// <param name="batch">On the CPU; of several processes this one's share, or, where samples are mixed, all.</param>
    /// <param name="iteration">Iterations done in the whole run.</param>
    /// <returns>The batch's loss. Not a finite number if the loss or a gradient is none; the weights then are as before.</returns>
    public double Take(Batch batch, int iteration)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor images, Tensor labels) = (batch.Images.to(device), batch.Labels.to(device));
        if (Mixing is not null)
        {
            (images, labels) = Mixing.Apply(images, labels, iteration);
            (int from, int to) = Ranks.Share((int)images.shape[0]);
            (images, labels) = (images.narrow(0, from, to - from), labels.narrow(0, from, to - from));
        }
        Tensor value = Loss(images, labels);
        double figure = Ranks.Sum(value.item<float>());
        if (!double.IsFinite(figure))
        {
            return figure;
        }
        (value * ((Scaler?.Scale ?? 1) / _plan.SizeAt(iteration))).backward();
        return !_plan.Ends(iteration) || Update(_plan.StepOf(iteration)) ? figure : double.NaN;
    }

    private Tensor Loss(Tensor images, Tensor labels)
    {
        List<Tensor>? stages = Heads is null ? null : [];
        Tensor logits = stages is null ? network.CoarseLogits(images) : network.CoarseLogits(images, stages);
        Tensor sum = loss.Compute(logits, labels, Ranks);
        foreach (Tensor coarse in Heads?.Logits(stages!) ?? [])
        {
            sum += loss.Compute(coarse, labels, Ranks) * (training.AuxiliaryFactor / stages!.Count);
        }
        return Teachers is null ? sum : sum * (1 - Teachers.Weight) + Teachers.Loss(logits, images, labels) * Teachers.Weight;
    }

    /// <summary>Takes a step from the gradients that there are, or leaves it out where scaled ones overflowed.</summary>
    /// <returns>Whether the run can go on; if not, nothing is changed.</returns>
    private bool Update(int step)
    {
        Gradients?.Run();
        double scale = Scaler?.Scale ?? 1, norm = optimizer.GradientNorm() / scale;
        bool finite = double.IsFinite(norm);
        Scaler?.Note(finite);
        if (!finite)
        {
            optimizer.DropGradients();
            return Scaler is { IsLost: false };
        }
        double factor = (training.ClipNorm > 0 && norm > training.ClipNorm ? training.ClipNorm / (norm + Tiny) : 1) / scale;
        if (factor != 1)
        {
            optimizer.ScaleGradients(factor);
        }
        optimizer.Step(_schedule.At(step), step - (Scaler?.Skipped ?? 0));
        averaging.Update(step);
        return true;
    }
}
