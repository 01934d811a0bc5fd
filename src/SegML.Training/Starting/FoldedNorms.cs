using SegML.Training.Data;
using SegML.Training.Networks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Training.Starting;

/// <summary>
/// Batch norms in weights of an exported model, which holds them inside the convolutions before them. Restored, a convolution has the folded
/// weights, and its batch norm adds the folded bias and computes nothing else. Since training normalises by each batch's own statistics, the
/// norm then gets those that really reach it, with a scale and a shift that undo them: it computes the same, in training too.
/// </summary>
internal static class FoldedNorms
{
    // Enough for means and variances of many thousand pixels a channel.
    private const int MostBatches = 8;

    /// <summary>Makes each batch norm that was folded into the convolution before it compute nothing but the addition of the folded bias.</summary>
    /// <param name="network">Its convolutions have the folded weights.</param>
    /// <param name="channels">Channels of the network's input.</param>
    /// <param name="there">The network's tensors that the model holds.</param>
    /// <param name="prefix">What the model's names begin with.</param>
    /// <param name="tensors">The model's tensors.</param>
    /// <param name="restored">Receives the names of the norms' tensors.</param>
    /// <returns>The norms.</returns>
    public static IReadOnlyList<BatchNorm> Neutralize(SegmentationNetwork network, int channels, IReadOnlySet<string> there, string prefix,
        IReadOnlyDictionary<string, Tensor> tensors, out IReadOnlyList<string> restored)
    {
        List<BatchNorm> norms = [];
        List<string> names = [];
        using IDisposable noGradients = no_grad();
        foreach ((string norm, BatchNorm module, string conv) in Followers(network, channels))
        {
            // The convolution's bias, which an own bias is part of: it has been taken with the weights then.
            if (there.Contains($"{norm}.running_mean") || !there.Contains($"{conv}.weight") || !tensors.TryGetValue($"{prefix}{conv}.bias", out Tensor? bias)
                || !bias.shape.AsSpan().SequenceEqual(module.bias!.shape))
            {
                continue;
            }
            nn.init.ones_(module.weight!);
            nn.init.zeros_(module.running_mean!);
            nn.init.constant_(module.running_var!, 1 - module.eps);
            if (there.Contains($"{conv}.bias"))
            {
                nn.init.zeros_(module.bias!);
            }
            else
            {
                module.bias!.copy_(bias);
            }
            norms.Add(module);
            names.AddRange(((string[])["weight", "bias", "running_mean", "running_var"]).Select(part => $"{norm}.{part}"));
        }
        restored = names;
        return norms;
    }

    /// <summary>Gives norms the statistics of what reaches them, and a scale and a shift that undo those.</summary>
    /// <param name="network">Computes the same before and after, in evaluation mode, but for rounding.</param>
    /// <param name="norms">Some of its batch norms.</param>
    /// <param name="batches">What the network is shown; each is disposed, and only the first few are read.</param>
    /// <param name="device">Where the network is.</param>
    public static void Settle(SegmentationNetwork network, IReadOnlyList<BatchNorm> norms, IEnumerable<Batch> batches, Device device)
    {
        using IDisposable noGradients = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor[] means = [.. norms.Select(Zeros)], variances = [.. norms.Select(Zeros)];
        var hooks = norms.Select((norm, i) => norm.register_forward_pre_hook((_, input) =>
        {
            using DisposeScope step = NewDisposeScope();
            Tensor values = input.to_type(ScalarType.Float32);
            means[i].add_(values.mean([0, 2, 3]));
            variances[i].add_(values.var([0, 2, 3], unbiased: false));
            return input;
        })).ToArray();
        int count = 0;
        try
        {
            network.eval();
            foreach (Batch batch in batches.Take(MostBatches))
            {
                using (batch)
                {
                    using DisposeScope step = NewDisposeScope();
                    network.CoarseLogits(batch.Images.to(device));
                }
                count++;
            }
        }
        finally
        {
            foreach (var hook in hooks)
            {
                hook.remove();
            }
        }
        for (int i = 0; i < norms.Count; i++)
        {
            BatchNorm norm = norms[i];
            norm.running_mean!.copy_(means[i] / count);
            norm.running_var!.copy_(variances[i] / count);
            norm.weight!.copy_((norm.running_var + norm.eps).sqrt());
            norm.bias!.add_(norm.running_mean);
        }

        static Tensor Zeros(BatchNorm norm) => zeros_like(norm.running_mean!, ScalarType.Float64, requires_grad: false);
    }

    /// <summary>The batch norms that read a convolution's output, with both names.</summary>
    private static List<(string Norm, BatchNorm Module, string Convolution)> Followers(SegmentationNetwork network, int channels)
    {
        var outputs = new Dictionary<Tensor, string>(ReferenceEqualityComparer.Instance);
        List<(string, BatchNorm, string)> found = [];
        List<Action> hooks = [];
        using DisposeScope scope = NewDisposeScope();
        try
        {
            foreach ((string name, nn.Module module) in network.named_modules())
            {
                if (module is Convolution convolution)
                {
                    hooks.Add(convolution.register_forward_hook((_, _, output) =>
                    {
                        outputs[output] = name;
                        return output;
                    }).remove);
                }
                else if (module is BatchNorm norm)
                {
                    hooks.Add(norm.register_forward_pre_hook((_, input) =>
                    {
                        if (outputs.TryGetValue(input, out string? before))
                        {
                            found.Add((name, norm, before));
                        }
                        return input;
                    }).remove);
                }
            }
            bool training = network.training;
            network.eval();
            network.CoarseLogits(zeros(1, channels, 32, 32));
            network.train(training);
            return found;
        }
        finally
        {
            hooks.ForEach(remove => remove());
        }
    }
}
