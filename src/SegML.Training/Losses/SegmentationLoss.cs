using SegML.Pipelines;
using SegML.Training.Ranks;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Training.Losses;

/// <summary>A sum of terms with factors. Computed in float32 at least, whatever the network computes in.</summary>
internal sealed class SegmentationLoss : IDisposable
{
    private readonly (LossTerm Term, double Factor)[] _terms;
    private readonly byte _ignore;
    private readonly bool _overlap;

    /// <param name="options">The terms, at least one.</param>
    /// <param name="weights">A weight a class.</param>
    /// <param name="smoothing">Label smoothing, for cross entropy.</param>
    /// <param name="ignore">The ignore index, not a class id.</param>
    /// <param name="device">Where logits and labels will be.</param>
    /// <param name="overlap">Whether classes overlap, and labels are sets of them.</param>
    public SegmentationLoss(IReadOnlyList<LossOptions> options, float[] weights, double smoothing, byte ignore, Device device, bool overlap = false)
    {
        (_ignore, _overlap) = (ignore, overlap);
        _terms = [.. options.Select(o => overlap && o.Kind == LossKind.CrossEntropy ? o with { Kind = LossKind.BinaryCrossEntropy } : o)
            .Select(o => (LossTerm.Create(o, weights, smoothing, ignore, device), o.Factor))];
    }

    /// <summary>Computes the loss.</summary>
    /// <param name="logits">Of any float type, [N, C, h, w]; enlarged bilinearly to the labels' size if they are smaller.</param>
    /// <param name="labels">uint8 [N, H, W]: class ids and ignore indices.</param>
    /// <param name="ranks">The processes that have the other shares of the batch; null: this is all of it.</param>
    /// <returns>A scalar: float64 for logits of that type, else float32. Of a share what adds up, over all processes, to the loss of the batch, and the gradients too.</returns>
    public Tensor Compute(Tensor logits, Tensor labels, IAllReduce? ranks = null)
    {
        using DisposeScope scope = NewDisposeScope();
        ranks = ranks is { Count: > 1 } ? ranks : null;
        Tensor own = logits.dtype == ScalarType.Float64 ? logits : logits.to_type(ScalarType.Float32);
        var input = new LossInput(own, labels, _ignore, _overlap) { Ranks = ranks };
        LossInput? whole = null;
        Tensor? sum = null;
        foreach ((LossTerm term, double factor) in _terms)
        {
            Tensor value;
            if (ranks is not null && term.NeedsWholeBatch)
            {
                whole ??= Gathered.Of(own, labels, _ignore, _overlap, ranks);
                // Each process has all of the value, and the gradients of its own share.
                value = term.Compute(whole);
                value = value - value.detach() + value.detach() / ranks.Count;
            }
            else
            {
                value = term.Compute(input);
            }
            value = factor == 1 ? value : value * factor;
            sum = sum is null ? value : sum + value;
        }
        return sum!.MoveToOuterDisposeScope();
    }

    /// <summary>Frees what the terms hold.</summary>
    public void Dispose()
    {
        foreach ((LossTerm term, _) in _terms)
        {
            term.Dispose();
        }
    }
}
