using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx.Modules;

/// <summary>
/// The logarithm of the summed exponentials of groups of channels, as a module, so that an export can see it: logits of classes become
/// logits of groups of classes, whose probability is the sum of their members'.
/// </summary>
/// <remarks>Has no parameters and no state. ONNX: <c>Gather</c>, <c>ReduceLogSumExp</c> and <c>Concat</c>.</remarks>
public sealed class LogSumExp : nn.Module<Tensor, Tensor>
{
    private readonly long[][] _groups;

    /// <summary>Creates the module.</summary>
    /// <param name="groups">The channels of each group, at least one; an input's channels may be in none.</param>
    public LogSumExp(IReadOnlyList<IReadOnlyList<long>> groups) : base(nameof(LogSumExp))
    {
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentOutOfRangeException.ThrowIfZero(groups.Count, nameof(groups));
        _groups = [.. groups.Select(g => g.ToArray())];
        if (_groups.Any(g => g.Length == 0 || g.Any(channel => channel < 0)))
        {
            throw new ArgumentException("a group has no channels, or one below 0", nameof(groups));
        }
    }

    /// <summary>The channels of each group.</summary>
    public IReadOnlyList<IReadOnlyList<long>> Groups => _groups;

    /// <summary>Computes the groups' channels. Call the module through <c>call</c>; <c>forward</c> runs no hooks.</summary>
    /// <param name="input">[N, C, ...] with more channels than any of the groups names.</param>
    /// <returns>[N, groups, ...], a new tensor.</returns>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] channels = [.. _groups.Select(group => input.index_select(1, tensor(group, device: input.device)).logsumexp(1, keepdim: true))];
        return cat(channels, 1).MoveToOuterDisposeScope();
    }
}
