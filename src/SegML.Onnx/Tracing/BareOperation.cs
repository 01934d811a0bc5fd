using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx.Tracing;

/// <summary>
/// Guesses which bare operation made a tensor that no module made, by trying the usual ones on the tensors that are known, so that
/// the error can name the module to write in its place.
/// </summary>
internal static class BareOperation
{
    /// <summary>The latest tensors are tried: what is between two modules reads what was made just before.</summary>
    private const int Tried = 12;

    private static readonly (string Module, Func<Tensor, Tensor> Compute)[] OfOne =
    [
        ("nn.ReLU", x => x.relu()), ("nn.Sigmoid", x => x.sigmoid()), ("nn.Tanh", x => x.tanh()), ("nn.SiLU", x => nn.functional.silu(x)),
        ("nn.GELU", x => nn.functional.gelu(x)), ("nn.LeakyReLU", x => nn.functional.leaky_relu(x, 0.01)), ("nn.ReLU6", x => nn.functional.relu6(x)),
        ("nn.Softmax", x => nn.functional.softmax(x, 1)), ("nn.Softmax", x => nn.functional.softmax(x, -1)),
    ];

    private static readonly (string Module, Func<Tensor, Tensor, Tensor> Compute)[] OfTwo =
        [("Add", (a, b) => a + b), ("Mul", (a, b) => a * b), ("Sub", (a, b) => a - b), ("Div", (a, b) => a / b)];

    /// <summary>Names the operation and what it read: <c>Add of layer1/conv and the input</c>.</summary>
    /// <param name="unknown">The tensor that no module made.</param>
    /// <param name="known">The tensors of the run so far, with what to call them.</param>
    /// <returns>The first that fits; null when none does.</returns>
    public static (string Module, string Read)? Guess(Tensor unknown, IEnumerable<(Tensor Tensor, string Name)> known)
    {
        if (!unknown.is_floating_point())
        {
            return null;
        }
        using IDisposable noGradient = no_grad();
        using var scope = NewDisposeScope();
        (Tensor Tensor, string Name)[] recent = [.. known.Reverse().Where(k => !k.Tensor.IsInvalid && k.Tensor.dtype == unknown.dtype).Take(Tried)];
        foreach ((Tensor tensor, string name) in recent)
        {
            if (OfOneTensor(unknown, tensor) is { } module)
            {
                return (module, name);
            }
        }
        foreach ((Tensor a, string first) in recent)
        {
            foreach ((Tensor b, string second) in recent)
            {
                if (OfTwoTensors(unknown, a, b) is { } module)
                {
                    return (module, $"{first} and {second}");
                }
            }
        }
        return null;
    }

    private static string? OfOneTensor(Tensor y, Tensor x)
    {
        long[] to = y.shape, from = x.shape;
        if (to.AsSpan().SequenceEqual(from))
        {
            return OfOne.FirstOrDefault(o => Same(y, o.Compute(x))).Module
                ?? (IsConstant(y - x) ? "Add (with a parameter or buffer)" : IsConstant(y / x) ? "Mul (with a parameter or buffer)" : null);
        }
        if (y.numel() == x.numel())
        {
            return Same(y.flatten(), x.flatten()) ? "Reshape (or nn.Flatten, nn.Unflatten)" : IsPermuted(y, x) ? "Permute" : null;
        }
        if (from.Length == 4 && y.numel() == from[0] * from[1] && Same(y.flatten(), x.mean([2L, 3L]).flatten()))
        {
            return "Mean (or nn.AdaptiveAvgPool2d)";
        }
        bool resized = to.Length == 4 && from.Length == 4 && to[0] == from[0] && to[1] == from[1];
        if (resized && (Same(y, nn.functional.interpolate(x, to[2..], mode: InterpolationMode.Bilinear, align_corners: false))
            || Same(y, nn.functional.interpolate(x, to[2..], mode: InterpolationMode.Nearest))))
        {
            return "ResizeLike (or nn.Upsample)";
        }
        return IsSlice(y, x) ? "Slice" : null;
    }

    private static string? OfTwoTensors(Tensor y, Tensor a, Tensor b)
    {
        long[] to = y.shape;
        if (Broadcast(a.shape, b.shape) is { } shape && shape.AsSpan().SequenceEqual(to))
        {
            return OfTwo.FirstOrDefault(o => Same(y, o.Compute(a, b))).Module;
        }
        bool joined = a.shape.Length == to.Length && b.shape.Length == to.Length;
        for (int d = 0; joined && d < to.Length; d++)
        {
            if (a.shape[d] + b.shape[d] == to[d] && Enumerable.Range(0, to.Length).All(i => i == d || a.shape[i] == to[i] && b.shape[i] == to[i])
                && Same(y, cat([a, b], d)))
            {
                return "Concat";
            }
        }
        return null;
    }

    private static bool IsSlice(Tensor y, Tensor x)
    {
        long[] to = y.shape, from = x.shape;
        int[] cut = to.Length == from.Length ? [.. Enumerable.Range(0, to.Length).Where(d => to[d] != from[d])] : [];
        return cut is [int dim] && to[dim] < from[dim]
            && Enumerable.Range(0, (int)Math.Min(64, from[dim] - to[dim] + 1)).Any(start => Same(y, x.narrow(dim, start, to[dim])));
    }

    private static bool IsPermuted(Tensor y, Tensor x)
    {
        int rank = (int)x.dim();
        return rank is > 1 and < 6 && y.dim() == rank && Orders([.. Enumerable.Range(0, rank).Select(i => (long)i)])
            .Any(o => o.Select(d => x.shape[d]).SequenceEqual(y.shape) && Same(y, x.permute(o)));
    }

    private static IEnumerable<long[]> Orders(long[] dims) => dims.Length <= 1
        ? [dims]
        : dims.SelectMany(first => Orders([.. dims.Where(d => d != first)]).Select(rest => (long[])[first, .. rest]));

    private static long[]? Broadcast(long[] a, long[] b)
    {
        int rank = Math.Max(a.Length, b.Length);
        long Size(long[] shape, int fromEnd) => fromEnd < shape.Length ? shape[shape.Length - 1 - fromEnd] : 1;
        bool fits = Enumerable.Range(0, rank).All(i => Size(a, i) == Size(b, i) || Size(a, i) == 1 || Size(b, i) == 1);
        return fits ? [.. Enumerable.Range(0, rank).Select(i => Math.Max(Size(a, i), Size(b, i))).Reverse()] : null;
    }

    private static bool IsConstant(Tensor values) =>
        values.numel() > 1 && values.isfinite().all().item<bool>() && (values.max() - values.min()).abs().item<float>() <= 1e-5 * Math.Max(1, values.abs().max().item<float>());

    private static bool Same(Tensor a, Tensor b) => a.shape.AsSpan().SequenceEqual(b.shape) && a.allclose(b, rtol: 1e-4, atol: 1e-6);
}
