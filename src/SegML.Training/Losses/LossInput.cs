using SegML.Training.Ranks;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Training.Losses;

/// <summary>
/// What the terms of a loss look at, each part computed once and only if a term wants it. Lives in the dispose scope that it
/// is made in.
/// </summary>
/// <param name="logits">float32 or float64 [N, C, h, w]; enlarged bilinearly to the labels' size if they are smaller.</param>
/// <param name="labels">uint8 [N, H, W]: class ids and ignore indices.</param>
/// <param name="ignore">The ignore index, not a class id.</param>
/// <param name="overlap">Whether classes overlap: labels are then sets of classes, and probabilities sigmoids.</param>
internal sealed class LossInput(Tensor logits, Tensor labels, byte ignore, bool overlap = false)
{
    private Tensor? _logits, _labels, _counts, _target, _logProbabilities, _probabilities, _oneHot;

    /// <summary>The processes that have the other shares of the batch; null: there are none.</summary>
    public IAllReduce? Ranks { get; init; }

    /// <summary>[N, C, h, w].</summary>
    public Tensor CoarseLogits => logits;

    /// <summary>uint8 [N, H, W]: class ids and ignore indices.</summary>
    public Tensor Ids => labels;

    /// <summary>[N, C, H, W].</summary>
    public Tensor Logits => _logits ??= logits.shape[2] == labels.shape[1] && logits.shape[3] == labels.shape[2] ? logits
        : nn.functional.interpolate(logits, [labels.shape[1], labels.shape[2]], mode: InterpolationMode.Bilinear, align_corners: false);

    /// <summary>int64 [N, H, W]: class ids and ignore indices.</summary>
    public Tensor Labels => _labels ??= labels.to_type(ScalarType.Int64);

    /// <summary>[N, H, W]: 1 where a pixel counts, 0 where it is ignored; of the logits' type.</summary>
    public Tensor Counts => _counts ??= Labels.ne(ignore).to_type(logits.dtype);

    /// <summary>int64 [N, H, W]: class ids, and 0 where <see cref="Counts"/> is.</summary>
    public Tensor Target => _target ??= Labels.masked_fill(Labels.eq(ignore), 0);

    /// <summary>[N, C, H, W].</summary>
    public Tensor LogProbabilities => _logProbabilities ??= nn.functional.log_softmax(Logits, 1);

    /// <summary>[N, C, H, W].</summary>
    public Tensor Probabilities => _probabilities ??= overlap ? Logits.sigmoid() : LogProbabilities.exp();

    /// <summary>[N, C, H, W]: 1 at a pixel's class or classes, all 0 where it is ignored; of the logits' type.</summary>
    public Tensor OneHot => _oneHot ??= overlap ? Sets() : zeros_like(Logits, requires_grad: false).scatter(1, Target.unsqueeze(1), Counts.unsqueeze(1));

    /// <summary>What a mean is divided by, over all shares of the batch: the shares' means so divided add up to the whole batch's.</summary>
    /// <param name="share">A scalar, of this share alone; the labels alone decide it.</param>
    public Tensor Whole(Tensor share)
    {
        Tensor floored = share.clamp_min(0);
        return (Ranks is null ? floored : floored * 0 + WholeOf(share.to_type(ScalarType.Float64).item<double>())).clamp_min(LossTerm.Tiny);
    }

    /// <inheritdoc cref="Whole(Tensor)"/>
    public double WholeOf(double share) => Ranks?.Sum(share) ?? share;

    private Tensor Sets()
    {
        Tensor bits = arange(logits.shape[1], device: logits.device).reshape(1, -1, 1, 1);
        return Target.unsqueeze(1).bitwise_right_shift(bits).bitwise_and(ones_like(bits)).to_type(logits.dtype);
    }

    /// <summary>[N, H, W]: each pixel's log probability of its own class; not 0 where it is ignored.</summary>
    public Tensor OwnLogProbability() => LogProbabilities.gather(1, Target.unsqueeze(1)).squeeze(1);

    /// <summary>[N, H, W]: each pixel's class weight, 0 where it is ignored.</summary>
    /// <param name="weights">[C], of the logits' type.</param>
    public Tensor OwnWeight(Tensor weights) => weights.index_select(0, Target.flatten()).reshape(Target.shape) * Counts;
}
