using System.Runtime.InteropServices;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Training.Ranks;

/// <summary>
/// Adds gradients up over all processes, in buckets: many small tensors go at once. It starts when the backward pass has ended: between two processes of
/// one machine it takes some 2 % of a step, and hiding that behind the backward pass costs as much.
/// </summary>
/// <param name="ranks">The processes.</param>
/// <param name="parameters">What is trained.</param>
internal sealed class GradientSum(IAllReduce ranks, IEnumerable<Parameter> parameters)
{
    /// <summary>A bucket is sent once it has this many values (4 MB): a larger tensor goes by itself.</summary>
    private const long BucketSize = 1 << 20;

    private readonly Parameter[] _parameters = [.. parameters];

    /// <summary>Bytes of gradients that a step adds up.</summary>
    public long Bytes => _parameters.Where(p => p.requires_grad).Sum(p => p.numel()) * sizeof(float);

    /// <summary>Replaces each gradient by its sum over all processes.</summary>
    public void Run()
    {
        if (ranks.Count == 1)
        {
            return;
        }
        using IDisposable noGradients = no_grad();
        using DisposeScope scope = NewDisposeScope();
        var bucket = new List<Tensor>();
        long filled = 0;
        foreach (Tensor gradient in _parameters.Select(p => p.grad).OfType<Tensor>())
        {
            bucket.Add(gradient);
            filled += gradient.numel();
            if (filled >= BucketSize)
            {
                Send(bucket);
                filled = 0;
            }
        }
        Send(bucket);
    }

    private void Send(List<Tensor> bucket)
    {
        if (bucket.Count == 0)
        {
            return;
        }
        using DisposeScope scope = NewDisposeScope();
        Tensor flat = cat([.. bucket.Select(g => g.reshape(-1).to_type(ScalarType.Float32))]).cpu();
        ranks.Sum(MemoryMarshal.Cast<byte, float>(flat.bytes));
        long at = 0;
        foreach (Tensor gradient in bucket)
        {
            gradient.copy_(flat.narrow(0, at, gradient.numel()).reshape(gradient.shape));
            at += gradient.numel();
        }
        bucket.Clear();
    }
}
