using SegML.Pipelines;
using static TorchSharp.torch;

namespace SegML.Training.Losses;

/// <summary>A term of a loss. Ignored pixels alone cost 0 and move nothing.</summary>
internal abstract class LossTerm : IDisposable
{
    /// <summary>So that a denominator of no pixels gives 0, not NaN.</summary>
    internal const double Tiny = 1e-12;

    /// <summary>Whether it is no mean over pixels, so that the shares of a batch cannot be computed apart. Default false.</summary>
    public virtual bool NeedsWholeBatch => false;

    /// <summary>Computes it.</summary>
    /// <returns>A scalar of the logits' type, in the caller's dispose scope.</returns>
    public abstract Tensor Compute(LossInput input);

    /// <summary>Frees what it holds.</summary>
    public virtual void Dispose()
    {
    }

    /// <summary>Makes the term that options describe.</summary>
    /// <param name="options">Kind and parameters.</param>
    /// <param name="weights">A weight a class.</param>
    /// <param name="smoothing">Label smoothing, for cross entropy.</param>
    /// <param name="ignore">The ignore index.</param>
    /// <param name="device">Where logits and labels will be.</param>
    public static LossTerm Create(LossOptions options, float[] weights, double smoothing, byte ignore, Device device) => options.Kind switch
    {
        LossKind.CrossEntropy => new CrossEntropy(weights, ignore, smoothing, device),
        LossKind.BinaryCrossEntropy => new BinaryCrossEntropy(weights, device),
        LossKind.Dice => new OverlapLoss(falsePositives: 0.5, falseNegatives: 0.5),
        LossKind.Jaccard => new OverlapLoss(falsePositives: 1, falseNegatives: 1),
        LossKind.Tversky => new OverlapLoss(falsePositives: options.Alpha, falseNegatives: 1 - options.Alpha),
        LossKind.Focal => new Focal(weights, options.Gamma, device),
        LossKind.LovaszSoftmax => new LovaszSoftmax(),
        LossKind.Ohem => new HardPixels(weights, options.Threshold, options.MinShare, device),
        LossKind.Boundary => new BoundaryWeighted(weights, options.Width, options.Weight, device),
        _ => throw new ArgumentOutOfRangeException(nameof(options), options.Kind, "is not a loss"),
    };
}

/// <summary>A term that weighs classes.</summary>
/// <param name="weights">A weight a class.</param>
/// <param name="device">Where logits and labels will be.</param>
internal abstract class WeightedLossTerm(float[] weights, Device device) : LossTerm
{
    private readonly Tensor _weights = tensor(weights, device: device).DetachFromDisposeScope();

    /// <summary>[C], of the logits' type.</summary>
    protected Tensor Weights(LossInput input) => _weights.to_type(input.Logits.dtype);

    /// <inheritdoc/>
    public override void Dispose() => _weights.Dispose();
}
