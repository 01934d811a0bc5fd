namespace SegML.Onnx.Tracing.Operations;

/// <summary>Which operations return a view of their first argument's memory, so that writing into one changes the other.</summary>
internal static class Views
{
    private static readonly HashSet<string> Always =
    [
        "view", "view_as", "select", "slice", "narrow", "transpose", "swapaxes", "swapdims", "t", "permute", "movedim", "moveaxis", "numpy_T",
        "unsqueeze", "squeeze", "expand", "expand_as", "broadcast_to", "chunk", "split", "split_with_sizes", "tensor_split", "unbind", "unflatten",
        "detach", "alias", "diagonal", "unfold", "view_as_real", "view_as_complex", "real", "imag", "dropout", "feature_dropout", "alpha_dropout",
    ];

    private static readonly HashSet<string> Reshapes = ["reshape", "reshape_as", "flatten"], Copies = ["contiguous", "to", "type_as", "_to_copy"];

    /// <summary>In-place operations that change what a tensor's dimensions mean, and no value.</summary>
    public static bool IsMetadata(string inPlace) => inPlace is "squeeze_" or "unsqueeze_" or "t_" or "transpose_" or "swapaxes_" or "detach_";

    /// <summary>Whether the output lies in the input's memory.</summary>
    public static bool Is(string operation, TracedTensor input, TracedTensor output) => Always.Contains(operation)
        || Reshapes.Contains(operation) && KeepsOrder(input.Shape, input.Strides, output.Shape)
        || Copies.Contains(operation) && input.Type == output.Type && input.Strides.AsSpan().SequenceEqual(output.Strides);

    // Whether a tensor can be given another shape without moving values: libtorch's rule.
    private static bool KeepsOrder(IReadOnlyList<long> shape, long[] strides, IReadOnlyList<long> wanted)
    {
        if (strides.Length != shape.Count)
        {
            return false;
        }
        int view = wanted.Count - 1;
        long block = 1, covered = 1, step = shape.Count == 0 ? 1 : strides[^1];
        for (int d = shape.Count - 1; d >= 0; d--)
        {
            block *= shape[d];
            if (d > 0 && (shape[d - 1] == 1 || strides[d - 1] == block * step))
            {
                continue;
            }
            while (view >= 0 && (covered < block || wanted[view] == 1))
            {
                covered *= wanted[view--];
            }
            if (covered != block)
            {
                return false;
            }
            if (d > 0)
            {
                step = strides[d - 1];
                block = covered = 1;
            }
        }
        return view < 0;
    }
}
