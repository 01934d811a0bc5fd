using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx.Modules;

/// <summary>A part of a tensor along one dimension, as a module, so that an export can see it (crops, groups of channels).</summary>
/// <remarks>Has no parameters and no state. ONNX: <c>Slice</c>.</remarks>
public sealed class Slice : nn.Module<Tensor, Tensor>
{
    /// <summary>Creates the module.</summary>
    /// <param name="dim">The dimension, negative from the end.</param>
    /// <param name="start">The first index that is kept, negative from the end.</param>
    /// <param name="end">The index after the last one, negative from the end; the end unless given.</param>
    /// <param name="step">Every how manieth index is kept, at least 1.</param>
    public Slice(long dim, long start, long end = long.MaxValue, long step = 1) : base(nameof(Slice))
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(step, 1);
        (Dim, Start, End, Step) = (dim, start, end, step);
    }

    /// <summary>The dimension, negative from the end.</summary>
    public long Dim { get; }

    /// <summary>The first index that is kept, negative from the end.</summary>
    public long Start { get; }

    /// <summary>The index after the last one, negative from the end; <see cref="long.MaxValue"/> for all the rest.</summary>
    public long End { get; }

    /// <summary>Every how manieth index is kept.</summary>
    public long Step { get; }

    /// <summary>Cuts. Call the module through <c>call</c>; <c>forward</c> runs no hooks.</summary>
    /// <param name="input">Any shape that has the dimension.</param>
    /// <returns>A view of the input.</returns>
    public override Tensor forward(Tensor input) => input.slice(Dim, Start, End, Step);
}
