using System.Text.Json.Serialization;

namespace SegML.Pipelines;

/// <summary>One term of the loss: <c>"losses": [{ "kind": "crossEntropy" }, { "kind": "dice", "factor": 0.5 }]</c>. The terms are added up.</summary>
public sealed record LossOptions
{
    /// <summary>Default <see cref="LossKind.CrossEntropy"/>.</summary>
    public LossKind Kind { get; init; } = LossKind.CrossEntropy;

    /// <summary>What the term is multiplied by, above 0. Default 1.</summary>
    public double Factor { get; init; } = 1;

    /// <summary>Focal: how strongly pixels that are already right are played down, 0 to 10. Default 2 (Lin et al. 2017).</summary>
    public double Gamma { get; init; } = 2;

    /// <summary>Tversky: the weight of false positives, 0 to 1; false negatives weigh 1 - alpha. Default 0.3 (Salehi et al. 2017).</summary>
    public double Alpha { get; init; } = 0.3;

    /// <summary>OHEM: pixels whose own class has less than this probability are hard, 0 to 1. Default 0.7.</summary>
    public double Threshold { get; init; } = 0.7;

    /// <summary>OHEM: at least this share of the pixels counts, the hardest, 0 to 1. Default 0.0625.</summary>
    public double MinShare { get; init; } = 0.0625;

    /// <summary>Boundary: how near to another class a pixel counts as boundary, in pixels, 1 to 50. Default 2.</summary>
    public int Width { get; init; } = 2;

    /// <summary>Boundary: how much more than others such pixels count, above 0. Default 3.</summary>
    public double Weight { get; init; } = 3;

    /// <summary>Checks the ranges.</summary>
    /// <param name="source">The pipeline file's path, for errors.</param>
    /// <exception cref="PipelineFormatException">A value is out of its range.</exception>
    public void Validate(string source)
    {
        var range = new OptionRange(source, "training.losses");
        range.Above(Factor, 0, "factor");
        range.Within(Gamma, 0, 10, "gamma");
        range.Within(Alpha, 0, 1, "alpha");
        range.Within(Threshold, 0, 1, "threshold");
        range.Within(MinShare, 0, 1, "minShare");
        range.Within(Width, 1, 50, "width");
        range.Above(Weight, 0, "weight");
    }
}

/// <summary>A term of the loss. Formulas stand at each one's class in SegML.Training.Losses.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LossKind>))]
public enum LossKind
{
    /// <summary>Cross entropy with class weights and label smoothing.</summary>
    [JsonStringEnumMemberName("crossEntropy")] CrossEntropy,

    /// <summary>Binary cross entropy of each class against all others, with class weights.</summary>
    [JsonStringEnumMemberName("binaryCrossEntropy")] BinaryCrossEntropy,

    /// <summary>Soft Dice (Milletari et al. 2016).</summary>
    [JsonStringEnumMemberName("dice")] Dice,

    /// <summary>Soft Jaccard (Rahman and Wang 2016).</summary>
    [JsonStringEnumMemberName("jaccard")] Jaccard,

    /// <summary>Focal (Lin et al. 2017), with class weights.</summary>
    [JsonStringEnumMemberName("focal")] Focal,

    /// <summary>Tversky (Salehi et al. 2017).</summary>
    [JsonStringEnumMemberName("tversky")] Tversky,

    /// <summary>Lovász-softmax (Berman et al. 2018).</summary>
    [JsonStringEnumMemberName("lovaszSoftmax")] LovaszSoftmax,

    /// <summary>Cross entropy of the hardest pixels alone (Shrivastava et al. 2016), with class weights.</summary>
    [JsonStringEnumMemberName("ohem")] Ohem,

    /// <summary>Cross entropy that counts pixels near a boundary more, with class weights.</summary>
    [JsonStringEnumMemberName("boundary")] Boundary,
}
