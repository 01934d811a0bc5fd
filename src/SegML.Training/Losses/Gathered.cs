using System.Runtime.InteropServices;
using SegML.Training.Ranks;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Training.Losses;

/// <summary>
/// The logits and labels of a whole batch in each process, for losses that are no mean over pixels: overlap, rank, the hardest. A process's own logits have
/// gradients, the others' are numbers. Logits are coarse: that is less than the gradients of the weights take.
/// </summary>
internal static class Gathered
{
    /// <summary>Gathers.</summary>
    /// <param name="logits">[n, C, h, w], this process's share.</param>
    /// <param name="labels">uint8 [n, H, W].</param>
    /// <param name="ignore">The ignore index.</param>
    /// <param name="overlap">Whether classes overlap.</param>
    /// <param name="ranks">The processes.</param>
    public static LossInput Of(Tensor logits, Tensor labels, byte ignore, bool overlap, IAllReduce ranks)
    {
        double[] counts = new double[ranks.Count];
        counts[ranks.Rank] = logits.shape[0];
        ranks.Sum(counts);
        long before = (long)counts[..ranks.Rank].Sum(), own = logits.shape[0], all = (long)counts.Sum();
        Tensor others = Sum(logits.detach().to_type(ScalarType.Float32), before, all, ranks).to_type(logits.dtype).to(logits.device);
        Tensor ids = Sum(labels.to_type(ScalarType.Float32), before, all, ranks).to_type(ScalarType.Byte).to(labels.device);
        Tensor whole = cat([others.narrow(0, 0, before), logits, others.narrow(0, before + own, all - before - own)]);
        return new LossInput(whole, ids, ignore, overlap);
    }

    private static Tensor Sum(Tensor share, long before, long all, IAllReduce ranks)
    {
        Tensor whole = zeros([all, .. share.shape[1..]]);
        whole.narrow(0, before, share.shape[0]).copy_(share);
        ranks.Sum(MemoryMarshal.Cast<byte, float>(whole.bytes));
        return whole;
    }
}
