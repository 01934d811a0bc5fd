using static TorchSharp.torch;

namespace SegML.Training.Losses;

/// <summary>
/// Each class against all others: the binary cross entropy of sigmoid(z_c) and the one-hot target, times w_c, averaged over
/// the pixels that count and over the classes' weights. For classes that are seen as yes or no each, and for tasks of one class.
/// </summary>
/// <param name="weights">A weight a class.</param>
/// <param name="device">Where logits and labels will be.</param>
internal sealed class BinaryCrossEntropy(float[] weights, Device device) : WeightedLossTerm(weights, device)
{
    /// <inheritdoc/>
    public override Tensor Compute(LossInput input)
    {
        Tensor own = Weights(input);
        // softplus(z) - z t, which is the binary cross entropy without overflow.
        Tensor each = nn.functional.softplus(input.Logits, 1, 40) - input.Logits * input.OneHot;
        Tensor sum = (each * own.reshape(1, -1, 1, 1) * input.Counts.unsqueeze(1)).sum();
        return sum / input.Whole(own.sum() * input.Counts.sum());
    }
}
