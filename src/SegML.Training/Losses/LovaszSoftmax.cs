using static TorchSharp.torch;

namespace SegML.Training.Losses;

/// <summary>
/// Lovász-softmax (Berman, Rannen Triki and Blaschko 2018): the Lovász extension of 1 - Jaccard, over the batch's pixels that
/// count, averaged over the classes that occur. Per class the errors |t - p| are sorted downwards and weighed by how much the
/// Jaccard loss grows as each pixel in turn is counted wrong. Sorting makes it several times slower than cross entropy.
/// </summary>
internal sealed class LovaszSoftmax : LossTerm
{
    /// <inheritdoc/>
    public override bool NeedsWholeBatch => true;

    /// <inheritdoc/>
    public override Tensor Compute(LossInput input)
    {
        Tensor counted = input.Counts.flatten().nonzero().flatten();
        Tensor labels = input.Labels.flatten().index_select(0, counted);
        // [C, pixels]
        Tensor guess = input.Probabilities.permute(1, 0, 2, 3).flatten(1).index_select(1, counted);
        Tensor sum = input.Logits.sum() * 0;
        int classes = 0;
        for (long c = 0; c < guess.shape[0]; c++)
        {
            Tensor truth = labels.eq(c).to_type(guess.dtype);
            Tensor there = truth.sum();
            if (there.to_type(ScalarType.Float64).item<double>() == 0)
            {
                continue;
            }
            classes++;
            (Tensor errors, Tensor order) = (truth - guess[c]).abs().sort(0, descending: true);
            Tensor hits = truth.index_select(0, order);
            Tensor jaccard = 1 - (there - hits.cumsum(0)) / (there + (1 - hits).cumsum(0));
            Tensor growth = cat([jaccard[..1], jaccard[1..] - jaccard[..^1]]);
            sum += errors.dot(growth);
        }
        return sum / Math.Max(classes, 1);
    }
}
