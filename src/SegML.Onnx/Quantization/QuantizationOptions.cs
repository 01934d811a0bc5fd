using Microsoft.ML.OnnxRuntime;

namespace SegML.Onnx.Quantization;

/// <summary>How <see cref="OnnxQuantizer"/> quantizes and what it asks of the result.</summary>
public sealed record QuantizationOptions
{
    /// <summary>
    /// How the ranges of activations are chosen. Default <see cref="CalibrationMethod.Percentile"/>, which lost least on the models that
    /// come with SegML.
    /// </summary>
    public CalibrationMethod Calibration { get; init; } = CalibrationMethod.Percentile;

    /// <summary>For <see cref="CalibrationMethod.Percentile"/>: the percentage of values inside of the range. Above 50, up to 100; default 99.99.</summary>
    public double Percentile { get; init; } = 99.99;

    /// <summary>
    /// Whether weights use 7 bits of the 8. x64 processors without VNNI add pairs of products in 16 bits, which 8-bit weights can
    /// overflow; 7-bit ones cannot. Default false: processors of the last years have VNNI or, on ARM, dot products.
    /// </summary>
    public bool ReduceRange { get; init; }

    /// <summary>
    /// Whether nodes whose result is an output of the model are quantized too. Null, the default: only the last fully connected layer of a classifier, and
    /// only where <see cref="MaxLoss"/> is given and met; else they stay in float, because a model's last values are worth most and cost little.
    /// </summary>
    public bool? QuantizeOutputs { get; init; }

    /// <summary>Nodes to leave in float, by name; a node without a name goes by that of its first output. Default: none.</summary>
    public IReadOnlyCollection<string> KeepInFloat { get; init; } = [];

    /// <summary>
    /// The largest loss to accept, in the unit of <see cref="Loss"/>. When the fully quantized model loses more, the nodes that disturb the
    /// outputs most are left in float, as few as will do. Null, the default: whatever it loses, as long as
    /// <see cref="MinSignalToNoise"/> and <see cref="MinAgreement"/> are met.
    /// </summary>
    public double? MaxLoss { get; init; }

    /// <summary>
    /// Measures what a candidate, given as an ONNX file's content, loses against the float model: 0 for nothing, more for worse. It is
    /// called some ten times at most. Null, the default: the share of positions whose largest channel differs, for outputs
    /// <c>[N, C &gt; 1, ...]</c>; for other outputs the noise's share of the signal's power.
    /// </summary>
    public Func<byte[], double>? Loss { get; init; }

    /// <summary>How many of the held-out feeds each node's influence is measured on. At least 1; default 3.</summary>
    public int SensitivityFeeds { get; init; } = 3;

    /// <summary>
    /// Feeds that the result is compared with the float model on. Null, the default: the calibration's own, which flatter a little.
    /// </summary>
    public IEnumerable<IReadOnlyDictionary<string, OrtValue>>? HeldOut { get; init; }

    /// <summary>The least signal-to-noise ratio of the outputs, in decibels, or the file is not written. Default 10: noise of a tenth of the power.</summary>
    public double MinSignalToNoise { get; init; } = 10;

    /// <summary>
    /// The least share of positions with the same largest channel, 0 to 1, or the file is not written. Only for outputs
    /// <c>[N, C &gt; 1, ...]</c>. Default 0.9.
    /// </summary>
    public double MinAgreement { get; init; } = 0.9;

    /// <summary>How often each model is timed, in turns, on the first held-out feed. Default 15; 0 for not at all.</summary>
    public int TimingRounds { get; init; } = 15;

    /// <summary>Metadata properties to add to the model's own, or to replace them. Default: none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    internal void Check()
    {
        Range(Enum.IsDefined(Calibration), nameof(Calibration));
        Range(Percentile is > 50 and <= 100, nameof(Percentile));
        Range(MaxLoss is null or >= 0, nameof(MaxLoss));
        Range(SensitivityFeeds >= 1, nameof(SensitivityFeeds));
        Range(!double.IsNaN(MinSignalToNoise), nameof(MinSignalToNoise));
        Range(MinAgreement is >= 0 and <= 1, nameof(MinAgreement));
        Range(TimingRounds >= 0, nameof(TimingRounds));

        static void Range(bool holds, string option)
        {
            if (!holds)
            {
                throw new ArgumentOutOfRangeException(option, $"{option} is out of its range");
            }
        }
    }
}
