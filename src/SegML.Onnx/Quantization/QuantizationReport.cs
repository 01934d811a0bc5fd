namespace SegML.Onnx.Quantization;

/// <summary>What <see cref="OnnxQuantizer"/> wrote: its size, speed and agreement beside the float model's.</summary>
public sealed record QuantizationReport
{
    /// <summary>The quantized model's file.</summary>
    public required string Path { get; init; }

    /// <summary>The float model's size in bytes.</summary>
    public required long FloatSize { get; init; }

    /// <summary>The quantized model's size in bytes.</summary>
    public required long FileSize { get; init; }

    /// <summary>The nodes that were quantized, by name, in the graph's order. Activation functions go with the node before them.</summary>
    public required IReadOnlyList<string> Quantized { get; init; }

    /// <summary>The nodes that were left in float although they could be quantized: as asked, or found by their sensitivity.</summary>
    public required IReadOnlyList<string> KeptInFloat { get; init; }

    /// <summary>Each node's influence, the worst first; empty when it was not measured, since nothing had to be left in float.</summary>
    public required IReadOnlyList<NodeSensitivity> Sensitivities { get; init; }

    /// <summary>What the model loses by <see cref="QuantizationOptions.Loss"/>; null when <see cref="QuantizationOptions.MaxLoss"/> is.</summary>
    public required double? Loss { get; init; }

    /// <summary>The number of calibration feeds.</summary>
    public required int CalibrationFeeds { get; init; }

    /// <summary>The number of feeds that the models were compared on.</summary>
    public required int ComparedFeeds { get; init; }

    /// <summary>The share of positions with the same largest channel, 0 to 1, over all feeds; 1 when no output is <c>[N, C &gt; 1, ...]</c>.</summary>
    public required double Agreement { get; init; }

    /// <summary>The outputs' signal-to-noise ratio in decibels: the power of the float outputs over that of the difference.</summary>
    public required double SignalToNoise { get; init; }

    /// <summary>The float model's median time on one feed, in milliseconds; 0 when not timed.</summary>
    public required double FloatMilliseconds { get; init; }

    /// <summary>The quantized model's median time on the same feed, in milliseconds; the two took turns. 0 when not timed.</summary>
    public required double Milliseconds { get; init; }

    /// <summary><see cref="FileSize"/> over <see cref="FloatSize"/>.</summary>
    public double SizeRatio => (double)FileSize / FloatSize;

    /// <summary><see cref="Milliseconds"/> over <see cref="FloatMilliseconds"/>; NaN when not timed.</summary>
    public double LatencyRatio => Milliseconds / FloatMilliseconds;

    /// <summary>What speaks against using the model: one line for each. Empty in the usual case.</summary>
    public IReadOnlyList<string> Remarks => LatencyRatio > 1 ? [FormattableString.Invariant(
        $"{Path} is slower than its original on this processor ({Milliseconds:0.0} against {FloatMilliseconds:0.0} ms): it is smaller, and no faster where 8-bit products have no instructions (VNNI, dot products) or most of the work stays in float")] : [];
}

/// <summary>How much one node disturbs the outputs.</summary>
/// <param name="Node">The node's name.</param>
/// <param name="SignalToNoise">The outputs' signal-to-noise ratio in decibels when this node alone is quantized.</param>
public sealed record NodeSensitivity(string Node, double SignalToNoise);
