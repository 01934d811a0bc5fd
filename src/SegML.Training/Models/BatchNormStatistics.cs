using SegML.Training.Data;
using SegML.Training.Networks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Training.Models;

/// <summary>
/// Estimates a network's batch norm statistics anew, as their plain means over batches: those of averaged weights are not the
/// average of statistics (Izmailov et al. 2018, https://arxiv.org/abs/1803.05407, section 3.2).
/// </summary>
internal static class BatchNormStatistics
{
    /// <summary>Estimates them.</summary>
    /// <param name="network">The network, which is left in evaluation mode. Nothing but its batch norms computes as in training: no dropout, no bfloat16.</param>
    /// <param name="kept">A part whose statistics stay as they are; null: none.</param>
    /// <param name="batches">What the network is shown; each is disposed.</param>
    /// <param name="device">Where the network is.</param>
    public static void Estimate(SegmentationNetwork network, nn.Module? kept, IEnumerable<Batch> batches, Device device)
    {
        using IDisposable noGradients = no_grad();
        using DisposeScope scope = NewDisposeScope();
        network.eval();
        HashSet<nn.Module> frozen = [.. kept?.modules() ?? []];
        BatchNorm[] norms = [.. network.modules().OfType<BatchNorm>().Where(n => !frozen.Contains(n))];
        double?[] momenta = [.. norms.Select(n => n.momentum)];
        Tensor[] means = [.. norms.Select(Zeros)], variances = [.. norms.Select(Zeros)];
        foreach (BatchNorm norm in norms)
        {
            norm.train();
            // The running statistics are then the last batch's own.
            norm.momentum = 1;
        }
        int count = 0;
        foreach (Batch batch in batches)
        {
            using (batch)
            {
                using DisposeScope step = NewDisposeScope();
                network.CoarseLogits(batch.Images.to(device));
                for (int i = 0; i < norms.Length; i++)
                {
                    means[i].add_(norms[i].running_mean!);
                    variances[i].add_(norms[i].running_var!);
                }
            }
            count++;
        }
        for (int i = 0; i < norms.Length; i++)
        {
            norms[i].running_mean!.copy_(means[i] / count);
            norms[i].running_var!.copy_(variances[i] / count);
            norms[i].momentum = momenta[i];
        }
        network.eval();

        static Tensor Zeros(BatchNorm norm) => zeros_like(norm.running_mean!, ScalarType.Float64, requires_grad: false);
    }
}
