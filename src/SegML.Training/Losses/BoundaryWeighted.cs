using static TorchSharp.torch;

namespace SegML.Training.Losses;

/// <summary>
/// Weighted cross entropy in which a pixel that has another class within some pixels (in a square around it) counts
/// 1 + weight times. Thin things are all boundary.
/// </summary>
/// <param name="weights">A weight a class.</param>
/// <param name="width">Half the square's side in pixels.</param>
/// <param name="weight">How much more they count.</param>
/// <param name="device">Where logits and labels will be.</param>
internal sealed class BoundaryWeighted(float[] weights, int width, double weight, Device device) : WeightedLossTerm(weights, device)
{
    /// <inheritdoc/>
    public override Tensor Compute(LossInput input)
    {
        Tensor pixels;
        using (no_grad())
        {
            Tensor ignored = input.Counts.eq(0), labels = input.Labels.to_type(ScalarType.Float32);
            // The greatest and the least class around each pixel, ignored ones out of the running at either end.
            Tensor most = Greatest(labels.masked_fill(ignored, -1000)), least = -Greatest((-labels).masked_fill(ignored, -1000));
            pixels = input.OwnWeight(Weights(input)) * (1 + weight * most.gt(least).to_type(input.Logits.dtype));
        }
        return -(pixels * input.OwnLogProbability()).sum() / input.Whole(pixels.sum());
    }

    private Tensor Greatest(Tensor plane) => nn.functional.max_pool2d(plane.unsqueeze(1), 2 * width + 1, 1, width).squeeze(1);
}
