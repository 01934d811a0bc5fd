using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Training.Ranks;

/// <summary>
/// Batch norm over the whole batch, of which each process has a share: means and variances are those of all shares, in the forward pass and in the
/// gradients. Without it each process normalises by its own share, which for a few images a process is another, noisier, training.
/// </summary>
internal sealed class SynchronizedNorm
{
    private readonly nn.Module _network;
    private readonly BatchNorm2d[] _norms;
    private bool _attached;

    private SynchronizedNorm(nn.Module network, BatchNorm2d[] norms) => (_network, _norms) = (network, norms);

    /// <summary>Lets the batch norms of a network see all processes while it trains. In evaluation they stay as they are.</summary>
    /// <param name="network">The network.</param>
    /// <param name="frozen">A part whose batch norms keep their statistics; null: none.</param>
    /// <param name="ranks">The processes.</param>
    public static SynchronizedNorm Attach(nn.Module network, nn.Module? frozen, IAllReduce ranks)
    {
        HashSet<nn.Module> kept = [.. frozen?.modules() ?? []];
        var sync = new SynchronizedNorm(network, [.. network.modules().OfType<BatchNorm2d>().Where(n => !kept.Contains(n))]);
        foreach (BatchNorm2d norm in sync._norms)
        {
            norm.register_forward_hook((_, input, output) => sync._attached && sync._network.training ? Normalize(norm, input, ranks) : output);
        }
        return sync;
    }

    /// <summary>Begins; called after each <c>train()</c> of the network.</summary>
    public void Train()
    {
        _attached = true;
        foreach (BatchNorm2d norm in _norms)
        {
            // What it computes itself is not used: in evaluation mode that is cheap, and leaves its statistics alone.
            norm.eval();
        }
    }

    private static Tensor Normalize(BatchNorm2d norm, Tensor input, IAllReduce ranks) =>
        Function.apply(input.to_type(ScalarType.Float32), norm.weight!, norm.bias!, norm, ranks).to_type(input.dtype);

    /// <summary>y = (x - mean) / sqrt(variance + epsilon) * scale + shift, with the mean and variance of all processes' x.</summary>
    private sealed class Function : autograd.SingleTensorFunction<Function>
    {
        private static readonly long[] _allButChannel = [0, 2, 3];

        public override string Name => nameof(SynchronizedNorm);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            var (input, scale, shift, norm, ranks) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2], (BatchNorm2d)vars[3], (IAllReduce)vars[4]);
            using DisposeScope scope = NewDisposeScope();
            long count = input.numel() / input.shape[1];
            (Tensor own, Tensor square) = Moments(input);
            // Summed in double precision, where mean and mean square lose nothing that matters when they are taken apart again.
            Tensor sums = cat([own, square, full([1], (double)count, ScalarType.Float64)]).cpu();
            ranks.Sum(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, double>(sums.bytes));
            double all = sums[-1].item<double>();
            Tensor mean = sums.narrow(0, 0, own.shape[0]) / all, variance = (sums.narrow(0, own.shape[0], own.shape[0]) / all - mean.square()).clamp_min(0);
            Tensor inverse = variance.add(norm.eps).rsqrt();
            if (norm.running_mean is { } runningMean && norm.running_var is { } runningVariance)
            {
                double momentum = norm.momentum ?? 0.1;
                runningMean.mul_(1 - momentum).add_(mean.to(runningMean), momentum);
                runningVariance.mul_(1 - momentum).add_((variance * (all / Math.Max(1, all - 1))).to(runningVariance), momentum);
            }
            norm.num_batches_tracked?.add_(1);
            Tensor center = mean.to(input).MoveToOuterDisposeScope(), spread = inverse.to(input).MoveToOuterDisposeScope();
            ctx.save_for_backward([input, scale, center, spread]);
            ctx.save_data("ranks", ranks);
            ctx.save_data("all", all);
            Tensor factor = spread * scale;
            return (input * Wide(factor) + Wide(shift - center * factor)).MoveToOuterDisposeScope();
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad)
        {
            using DisposeScope scope = NewDisposeScope();
            List<Tensor> saved = ctx.get_saved_variables();
            var (input, scale, mean, spread) = (saved[0], saved[1], saved[2], saved[3]);
            var ranks = (IAllReduce)ctx.get_data("ranks");
            Tensor normal = (input - Wide(mean)) * Wide(spread);
            // Of this process's share: what the shift and the scale get, summed with the other gradients.
            Tensor toShift = grad.sum(_allButChannel), toScale = (grad * normal).sum(_allButChannel);
            Tensor sums = cat([toShift, toScale]).to_type(ScalarType.Float64).cpu();
            ranks.Sum(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, double>(sums.bytes));
            Tensor means = (sums / (double)ctx.get_data("all")).to(input);
            long channels = toShift.shape[0];
            Tensor toInput = (grad - Wide(means.narrow(0, 0, channels)) - normal * Wide(means.narrow(0, channels, channels))) * Wide(spread * scale);
            return [toInput.MoveToOuterDisposeScope(), toScale.MoveToOuterDisposeScope(), toShift.MoveToOuterDisposeScope(), null!, null!];
        }

        /// <summary>A share's sums of x and of its square, [C] in double precision, from the share's mean and variance: squares of large values are never added up.</summary>
        private static (Tensor Sum, Tensor Square) Moments(Tensor input)
        {
            double count = (double)input.numel() / input.shape[1];
            Tensor mean = input.mean(_allButChannel).to_type(ScalarType.Float64);
            Tensor variance = input.var(_allButChannel, unbiased: false).to_type(ScalarType.Float64);
            return (mean * count, (variance + mean.square()) * count);
        }

        private static Tensor Wide(Tensor channels) => channels.reshape(1, -1, 1, 1);
    }
}
