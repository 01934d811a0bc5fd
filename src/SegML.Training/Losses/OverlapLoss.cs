using static TorchSharp.torch;

namespace SegML.Training.Losses;

/// <summary>
/// One minus a soft overlap of prediction and truth, averaged over the classes that occur in the batch:
/// TP_c / (TP_c + a FP_c + b FN_c), where TP_c = sum p t, FP_c = sum p (1 - t) and FN_c = sum (1 - p) t over the batch's pixels
/// that count, p the probability and t the truth of class c. With a = b = 1/2 it is Dice, with a = b = 1 Jaccard, else
/// Tversky (Salehi et al. 2017).
/// </summary>
/// <param name="falsePositives">a.</param>
/// <param name="falseNegatives">b.</param>
internal sealed class OverlapLoss(double falsePositives, double falseNegatives) : LossTerm
{
    private static readonly long[] _allButClass = [0, 2, 3];

    /// <inheritdoc/>
    public override bool NeedsWholeBatch => true;

    /// <inheritdoc/>
    public override Tensor Compute(LossInput input)
    {
        Tensor truth = input.OneHot, guess = input.Probabilities * input.Counts.unsqueeze(1);
        Tensor both = (guess * truth).sum(_allButClass), guessed = guess.sum(_allButClass), there = truth.sum(_allButClass);
        Tensor overlap = both / (both + (guessed - both) * falsePositives + (there - both) * falseNegatives).clamp_min(Tiny);
        Tensor occurs = there.gt(0).to_type(overlap.dtype);
        return ((1 - overlap) * occurs).sum() / occurs.sum().clamp_min(1);
    }
}
