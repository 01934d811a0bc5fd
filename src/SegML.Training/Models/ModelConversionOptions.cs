using SegML.Onnx;
using SegML.Onnx.Rewriting;
using SegML.Pipelines;
using SegML.Scoring;

namespace SegML.Training.Models;

/// <summary>What <see cref="ModelConversion"/> makes of a run or a model.</summary>
public sealed record ModelConversionOptions
{
    /// <summary>What the network computes with. Null, the default: fp32 for a run, and for a model what it has.</summary>
    public ModelPrecision? Precision { get; init; }

    /// <summary>The model takes an image's bytes and gives the mask, with such tensors. Null, the default: it stays a network.</summary>
    public SelfContained? SelfContained { get; init; }

    /// <summary>
    /// The one size that the network takes, in pixels, 8 to 16384: with it all that follows from sizes is computed beforehand, for runtimes without dynamic
    /// shapes such as OpenCV's. Images are stretched to it. Not with <see cref="SelfContained"/>, which has its own. Null, the default: any size.
    /// </summary>
    public (int Width, int Height)? FixedSize { get; init; }

    /// <summary>The version of ONNX's operators, for a run. Null: the exporter's default.</summary>
    public int? Opset { get; init; }

    /// <summary>
    /// For a run: the largest difference between TorchSharp and ONNX Runtime, as a share of the logits' largest magnitude, 0 to 1. Null, the default: the
    /// exporter's, 1e-4.
    /// </summary>
    public double? Tolerance { get; init; }

    /// <summary>For a run: the smallest share of pixels that both give the same class, 0 to 1. Null, the default: the exporter's, 0.9999.</summary>
    public double? MinSameClass { get; init; }

    /// <summary>For a run: the pipeline whose classes its own are put together to, as <see cref="ModelExport"/> does. Null, the default: none.</summary>
    public Pipeline? MergeInto { get; init; }

    /// <summary>
    /// Images to compare precisions on, at 99.9 % of the pixels. Null: some of a run's validation images, as far as they are there;
    /// else noise, at 99 %.
    /// </summary>
    public IReadOnlyList<string>? Images { get; init; }

    /// <summary>For int8, which needs it: the pipeline whose "train" images to calibrate on and whose "val" images to compare on. Default null.</summary>
    public Pipeline? Calibration { get; init; }

    /// <summary>For int8: numbers and limits.</summary>
    public ModelQuantizationOptions Quantization { get; init; } = new();

    internal void Check()
    {
        if (Precision == ModelPrecision.Int8 && Calibration is null)
        {
            throw new ModelFormatException("the precision", "is int8, which needs images to calibrate on", "give the pipeline that has them");
        }
        if (FixedSize is { } size && (SelfContained is not null || size.Width is < 8 or > 16384 || size.Height is < 8 or > 16384))
        {
            throw new ModelFormatException("the fixed size", SelfContained is not null ? "is given to a model that is self-contained" : $"is {size.Width}x{size.Height}", "give a size of 8 to 16384 pixels a side; a self-contained model has a size of its own");
        }
        if (SelfContained is { } tensors && (tensors.Width is null != tensors.Height is null || tensors.Width < 1 || tensors.Height < 1))
        {
            throw new ModelFormatException("the image size", "is not a width and a height of at least 1", "give both, or neither for images of any size");
        }
    }
}

/// <summary>What a conversion wrote, and how closely each step agrees with the one before it.</summary>
public sealed record ModelConversionReport
{
    /// <summary>The model file.</summary>
    public required string Path { get; init; }

    /// <summary>TorchSharp against ONNX Runtime. Null: the source was a model.</summary>
    public OnnxExportReport? Export { get; init; }

    /// <summary>An ensemble against the mean of its members. Null: there is one network.</summary>
    public OnnxEnsembleReport? Ensemble { get; init; }

    /// <summary>32 against 16 bits. Null: not converted.</summary>
    public OnnxFloat16Report? Float16 { get; init; }

    /// <summary>32-bit floats against 8-bit integers. Null: not quantized.</summary>
    public ModelQuantizationReport? Quantization { get; init; }

    /// <summary>The network against the model around it. Null: it is a network.</summary>
    public OnnxImageReport? SelfContained { get; init; }
}
