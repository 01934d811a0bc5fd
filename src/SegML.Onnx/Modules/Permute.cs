using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx.Modules;

/// <summary>The dimensions of a tensor in another order, as a module, so that an export can see it (attention).</summary>
/// <remarks>Has no parameters and no state. ONNX: <c>Transpose</c>.</remarks>
public sealed class Permute : nn.Module<Tensor, Tensor>
{
    private readonly long[] _order;

    /// <summary>Creates the module.</summary>
    /// <param name="order">For each dimension of the result, the dimension of the input that it is, from 0.</param>
    public Permute(params long[] order) : base(nameof(Permute))
    {
        ArgumentNullException.ThrowIfNull(order);
        if (!order.Order().SequenceEqual(Enumerable.Range(0, order.Length).Select(i => (long)i)))
        {
            throw new ArgumentException($"[{string.Join(", ", order)}] does not name each of {order.Length} dimensions once.", nameof(order));
        }
        _order = [.. order];
    }

    /// <summary>For each dimension of the result, the dimension of the input that it is.</summary>
    public IReadOnlyList<long> Order => _order;

    /// <summary>Reorders. Call the module through <c>call</c>; <c>forward</c> runs no hooks.</summary>
    /// <param name="input">Has as many dimensions as <see cref="Order"/> names.</param>
    /// <returns>A view of the input.</returns>
    public override Tensor forward(Tensor input) => input.permute(_order);
}
