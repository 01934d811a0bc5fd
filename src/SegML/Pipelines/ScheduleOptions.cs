using System.Text.Json.Serialization;

namespace SegML.Pipelines;

/// <summary>
/// How the learning rate goes after its warm-up: <c>"schedule": { "kind": "cosine", "end": 0.01 }</c>. It is counted in steps, the updates of
/// the weights: iterations, where <see cref="TrainingOptions.Accumulate"/> is 1.
/// </summary>
public sealed record ScheduleOptions
{
    /// <summary>Default <see cref="ScheduleKind.Poly"/>.</summary>
    public ScheduleKind Kind { get; init; } = ScheduleKind.Poly;

    /// <summary>Poly: the exponent of the fall, 0 to 10; 1 is linear. Default 0.9 (Chen et al. 2018, DeepLab).</summary>
    public double Power { get; init; } = 0.9;

    /// <summary>Poly, cosine and one-cycle: the share of the peak that the learning rate falls to, 0 to 1. Default 0.</summary>
    public double End { get; init; }

    /// <summary>Step: epochs from fall to fall, at least 1. Default 30.</summary>
    public int StepEpochs { get; init; } = 30;

    /// <summary>Step: what the learning rate is multiplied by at each fall, above 0 to 1. Default 0.1 (He et al. 2016).</summary>
    public double StepFactor { get; init; } = 0.1;

    /// <summary>One-cycle: the share of the run in which the learning rate rises, 0.01 to 0.99. Default 0.3, as in PyTorch.</summary>
    public double RiseShare { get; init; } = 0.3;

    /// <summary>One-cycle: the share of the peak that it rises from, 0 to 1. Default 0.04, PyTorch's 1/25.</summary>
    public double Start { get; init; } = 0.04;

    /// <summary>Checks the ranges.</summary>
    /// <param name="source">The pipeline file's path, for errors.</param>
    /// <exception cref="PipelineFormatException">A value is out of its range.</exception>
    public void Validate(string source)
    {
        var range = new OptionRange(source, "training.schedule");
        range.Within(Power, 0, 10, "power");
        range.Within(End, 0, 1, "end");
        range.AtLeast(StepEpochs, 1, "stepEpochs");
        range.Within(StepFactor, 1e-9, 1, "stepFactor");
        range.Within(RiseShare, 0.01, 0.99, "riseShare");
        range.Within(Start, 0, 1, "start");
    }
}

/// <summary>The learning rate's course.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ScheduleKind>))]
public enum ScheduleKind
{
    /// <summary>After the warm-up, a polynomial fall over the rest of the run (Chen et al. 2018, DeepLab).</summary>
    [JsonStringEnumMemberName("poly")] Poly,

    /// <summary>After the warm-up, half a cosine over the rest of the run (Loshchilov and Hutter 2017, without restarts).</summary>
    [JsonStringEnumMemberName("cosine")] Cosine,

    /// <summary>A rise and a longer fall, both half a cosine (Smith and Topin 2018, as PyTorch has it, momentum constant); has no other warm-up.</summary>
    [JsonStringEnumMemberName("oneCycle")] OneCycle,

    /// <summary>After the warm-up, the peak, multiplied by a factor every few epochs of the run.</summary>
    [JsonStringEnumMemberName("step")] Step,

    /// <summary>After the warm-up, the peak.</summary>
    [JsonStringEnumMemberName("constant")] Constant,
}
