using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx.Modules;

/// <summary>A tensor's values in another shape, as a module, so that an export can see it (attention, heads).</summary>
/// <remarks>
/// A size 0 stands for the input's own size at that place, and one -1 for what is left, so that a shape can be given once for
/// inputs of any size. Has no parameters and no state. ONNX: <c>Reshape</c>, which reads sizes the same way.
/// </remarks>
public sealed class Reshape : nn.Module<Tensor, Tensor>
{
    private readonly long[] _shape;

    /// <summary>Creates the module.</summary>
    /// <param name="shape">The new shape: sizes, 0 for the input's size at that place, at most one -1 for what is left.</param>
    public Reshape(params long[] shape) : base(nameof(Reshape))
    {
        ArgumentNullException.ThrowIfNull(shape);
        if (shape.Any(s => s < -1) || shape.Count(s => s == -1) > 1)
        {
            throw new ArgumentException($"[{string.Join(", ", shape)}] is no shape: sizes, 0, and at most one -1.", nameof(shape));
        }
        _shape = [.. shape];
    }

    /// <summary>The new shape: sizes, 0 for the input's size at that place, at most one -1 for what is left.</summary>
    public IReadOnlyList<long> Shape => _shape;

    /// <summary>Reshapes. Call the module through <c>call</c>; <c>forward</c> runs no hooks.</summary>
    /// <param name="input">As many values as the new shape holds.</param>
    /// <returns>A view of the input where that is possible, a copy otherwise.</returns>
    public override Tensor forward(Tensor input) => input.reshape([.. _shape.Select((s, i) => s == 0 ? input.shape[i] : s)]);
}
