namespace SegML.Onnx.Quantization;

/// <summary>How the range of an activation is chosen from what the calibration feeds show of it. A value beyond it saturates.</summary>
public enum CalibrationMethod
{
    /// <summary>The smallest and the largest value over all feeds. Nothing seen saturates; one outlier coarsens everything.</summary>
    MinMax,

    /// <summary>The mean over the feeds of each feed's smallest and largest value: an outlier counts once among many.</summary>
    AveragedMinMax,

    /// <summary>
    /// The range that holds <see cref="QuantizationOptions.Percentile"/> percent of all values, with the same share cut off on either side.
    /// </summary>
    Percentile,

    /// <summary>
    /// The threshold on the magnitude that loses least information: that of the smallest Kullback-Leibler divergence between the values and
    /// their quantized form. After Migacz 2017, "8-bit inference with TensorRT". Exact zeros, which rectifiers make in plenty and which
    /// quantization keeps, are not counted. Thresholds that cut more power off than the whole range would lose by rounding are left out:
    /// the divergence counts how many values change, not how much.
    /// </summary>
    Entropy,
}
