namespace SegML.Onnx.Analysis.ReceptiveFields;

/// <summary>
/// Which of the input's pixels a tensor's value depends on along one axis: the value at index i on the pixels from
/// <c>i * Stride + First</c> to <c>i * Stride + Last</c>.
/// </summary>
/// <param name="Stride">Input pixels between neighbouring values.</param>
/// <param name="First">Usually 0 or less; minus infinity: all pixels before it.</param>
/// <param name="Last">Usually 0 or more; infinity: all pixels after it.</param>
internal readonly record struct Reach(double Stride, double First, double Last)
{
    /// <summary>The input itself.</summary>
    public static Reach Input { get; } = new(1, 0, 0);

    /// <summary>Through a window that slides over this tensor, as of a convolution or a pooling.</summary>
    /// <param name="stride">Values between windows.</param>
    /// <param name="before">How far the first window begins before the first value: the padding.</param>
    /// <param name="extent">Values from a window's first to its last: dilation * (kernel - 1).</param>
    public Reach Window(double stride, double before, double extent) =>
        new(Stride * stride, First - Stride * before, Last + Stride * (extent - before));

    /// <summary>Through a transposed convolution.</summary>
    public Reach Transposed(double stride, double before, double extent) =>
        new(Stride / stride, First + Stride * (before - extent) / stride, Last + Stride * before / stride);

    /// <summary>Through resampling.</summary>
    /// <param name="ratio">Values of this tensor between neighbouring values of the result.</param>
    /// <param name="taps">How far from its exact position a result reads: 1 for linear, 2 for cubic interpolation.</param>
    /// <param name="halfPixel">Whether centres lie at half coordinates; else the first values coincide.</param>
    public Reach Resampled(double ratio, double taps, bool halfPixel)
    {
        double shift = halfPixel ? 0.5 * ratio - 0.5 : 0;
        return new(Stride * ratio, First + Stride * (shift - taps), Last + Stride * (shift + taps));
    }

    /// <summary>Depends on everything.</summary>
    public Reach Unbounded() => new(Stride, double.NegativeInfinity, double.PositiveInfinity);

    /// <summary>Of a value that is computed from two tensors of one size.</summary>
    public Reach Union(Reach other) =>
        new(Math.Max(Stride, other.Stride), Math.Min(First, other.First), Math.Max(Last, other.Last));
}
