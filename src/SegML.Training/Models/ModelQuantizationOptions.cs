using SegML.Onnx.Quantization;

namespace SegML.Training.Models;

/// <summary>How <see cref="ModelQuantization"/> quantizes.</summary>
public sealed record ModelQuantizationOptions
{
    /// <summary>How many images of "train" to calibrate on, and of "val" to compare the outputs on. At least 1; default 24.</summary>
    public int Images { get; init; } = 24;

    /// <summary>Chooses the images of "train". Default 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>
    /// How much mean IoU on "val", 0 to 1, the quantized model may lose. When it loses more, the layers that disturb most stay in float.
    /// Default 0.005.
    /// </summary>
    public double MaxLoss { get; init; } = 0.005;

    /// <summary>How the ranges of activations are chosen. Default <see cref="CalibrationMethod.Percentile"/>.</summary>
    public CalibrationMethod Calibration { get; init; } = CalibrationMethod.Percentile;

    /// <summary>Nodes to leave in float in any case, by name: "head/conv". Default: none.</summary>
    public IReadOnlyCollection<string> KeepInFloat { get; init; } = [];

    /// <summary>Whether weights use 7 bits of the 8, for x64 processors without VNNI. Default false.</summary>
    public bool ReduceRange { get; init; }

    internal void Check()
    {
        if (Images < 1)
        {
            throw new ModelFormatException("the number of calibration images", $"is {Images}", "give at least 1");
        }
        if (!(MaxLoss >= 0))
        {
            throw new ModelFormatException("the largest loss", $"is {MaxLoss}", "give a share of mean IoU of at least 0, such as 0.005");
        }
    }
}

/// <summary>What a quantization wrote.</summary>
/// <param name="Quantization">Nodes, size, speed and agreement.</param>
/// <param name="FloatMeanIoU">The float model's mean IoU on "val".</param>
/// <param name="MeanIoU">The quantized model's.</param>
public sealed record ModelQuantizationReport(QuantizationReport Quantization, double FloatMeanIoU, double MeanIoU);
