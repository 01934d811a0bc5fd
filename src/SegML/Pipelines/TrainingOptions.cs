using System.Text.Json.Serialization;

namespace SegML.Pipelines;

/// <summary>The training part of a pipeline file. Every value can be set from the command line: <c>--set training.epochs=20</c>.</summary>
public sealed record TrainingOptions
{
    /// <summary>Passes over the training split. Default 100.</summary>
    public int Epochs { get; init; } = 100;

    /// <summary>Samples an iteration. Default 8.</summary>
    public int BatchSize { get; init; } = 8;

    /// <summary>Decides initial weights, order and augmentation. Default 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>
    /// A run's folder, relative to the working directory, whose best checkpoint the weights start from wherever name and shape
    /// agree; the rest starts at random. For fine-tuning: a head for other classes begins anew. Null: all of it. Default null.
    /// </summary>
    public string? StartFrom { get; init; }

    /// <summary>
    /// Weights that the network's encoder starts from, by name: an ONNX model (.onnx, batch normalisations not folded), a run's folder or a
    /// checkpoint (.dat), relative to the working directory. ResNet encoders also take torchvision's names. Null: none. Default null.
    /// </summary>
    public string? EncoderWeights { get; init; }

    /// <summary>Whether the encoder stays as it starts, its batch norms' statistics too. Default false.</summary>
    public bool FreezeEncoder { get; init; }

    /// <summary>What the learning rate is multiplied by for the encoder, 0 to 100; 0.1 is customary where its weights were trained before. Default 1.</summary>
    public double EncoderLearningRateFactor { get; init; } = 1;

    /// <summary>Default <see cref="OptimizerKind.AdamW"/>.</summary>
    public OptimizerKind Optimizer { get; init; } = OptimizerKind.AdamW;

    /// <summary>Peak learning rate. Default 2e-3 (AdamW; SGD customarily takes 1e-2).</summary>
    public double LearningRate { get; init; } = 2e-3;

    /// <summary>Decoupled for AdamW, L2 for SGD; not applied to batch norm and biases. Default 2e-2.</summary>
    public double WeightDecay { get; init; } = 2e-2;

    /// <summary>Momentum of SGD. Default 0.9.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>Iterations over which the learning rate rises linearly from 0. Default 100.</summary>
    public int WarmUpIterations { get; init; } = 100;

    /// <summary>Exponent of the polynomial decay to 0 that follows (Chen et al., DeepLab). Default 0.9.</summary>
    public double PolyPower { get; init; } = 0.9;

    /// <summary>How rare classes weigh in the loss. Default <see cref="ClassWeighting.InverseSquareRoot"/>.</summary>
    public ClassWeighting ClassWeights { get; init; } = ClassWeighting.InverseSquareRoot;

    /// <summary>
    /// How much of the class weights is taken back from the logits of the finished network, 0 to 1, because the weights make it name
    /// rare classes too often (Menon et al. 2021, logit adjustment). Without class weights it changes nothing. Default 0.
    /// </summary>
    public double LogitAdjustment { get; init; }

    /// <summary>The terms of the loss, which are added up. Default: cross entropy alone.</summary>
    public IReadOnlyList<LossOptions> Losses { get; init; } = [new()];

    /// <summary>Cross entropy's share of the target spread over all classes, 0 to below 1. Default 0.05.</summary>
    public double LabelSmoothing { get; init; } = 0.05;

    /// <summary>Decay of the weights' exponential moving average, ramped up from 0; 0 turns it off. Default 0.999.</summary>
    public double Ema { get; init; } = 0.999;

    /// <summary>Share of the run, from its start, whose loss is taken at half resolution, which is faster. Default 0.75.</summary>
    public double HalfResolutionShare { get; init; } = 0.75;

    /// <summary>Default <see cref="Precision.Auto"/>.</summary>
    public Precision Precision { get; init; } = Precision.Auto;

    /// <summary>Epochs between validations. Default 10.</summary>
    public int ValidateEvery { get; init; } = 10;

    /// <summary>When the run ends before its last epoch; needs validation samples. Null: never. Default null.</summary>
    public EarlyStoppingOptions? EarlyStopping { get; init; }

    /// <summary>What is done to samples.</summary>
    public AugmentationOptions Augmentation { get; init; } = new();

    /// <summary>Checks the ranges.</summary>
    /// <param name="source">The pipeline file's path, for errors.</param>
    /// <exception cref="PipelineFormatException">A value is out of its range.</exception>
    public void Validate(string source)
    {
        var range = new OptionRange(source, "training");
        range.AtLeast(Epochs, 1, "epochs");
        range.AtLeast(BatchSize, 1, "batchSize");
        range.Above(LearningRate, 0, "learningRate");
        range.Within(EncoderLearningRateFactor, 0, 100, "encoderLearningRateFactor");
        range.Within(WeightDecay, 0, 10, "weightDecay");
        range.Within(Momentum, 0, 0.9999, "momentum");
        range.AtLeast(WarmUpIterations, 0, "warmUpIterations");
        range.Within(PolyPower, 0, 10, "polyPower");
        range.Within(LogitAdjustment, 0, 1, "logitAdjustment");
        range.Within(LabelSmoothing, 0, 0.9999, "labelSmoothing");
        range.Within(Ema, 0, 0.999999, "ema");
        range.Within(HalfResolutionShare, 0, 1, "halfResolutionShare");
        range.AtLeast(ValidateEvery, 1, "validateEvery");
        EarlyStopping?.Validate(source);
        if (Losses.Count == 0)
        {
            throw new PipelineFormatException(source, "has no training.losses", "name one, such as [{ \"kind\": \"crossEntropy\" }]");
        }
        foreach (LossOptions loss in Losses)
        {
            loss.Validate(source);
        }
        Augmentation.Validate(source);
    }
}

/// <summary>The optimizer.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<OptimizerKind>))]
public enum OptimizerKind
{
    /// <summary>AdamW (Loshchilov and Hutter 2019).</summary>
    [JsonStringEnumMemberName("adamw")] AdamW,

    /// <summary>Stochastic gradient descent with momentum.</summary>
    [JsonStringEnumMemberName("sgd")] Sgd,
}

/// <summary>How a class's share f of the training pixels becomes its weight in the loss.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ClassWeighting>))]
public enum ClassWeighting
{
    /// <summary>All 1.</summary>
    [JsonStringEnumMemberName("none")] None,

    /// <summary>1 / sqrt(f), scaled to a mean of 1 over the classes that occur.</summary>
    [JsonStringEnumMemberName("inverseSquareRoot")] InverseSquareRoot,

    /// <summary>1 / ln(1.10 + f) (Paszke et al. 2016, ENet), scaled to a mean of 1.</summary>
    [JsonStringEnumMemberName("inverseLog")] InverseLog,

    /// <summary>median(f) / f, the median over the classes that occur (Eigen and Fergus 2015).</summary>
    [JsonStringEnumMemberName("medianFrequency")] MedianFrequency,

    /// <summary>(1 - b) / (1 - b^n) for n of N pixels and b = (N - 1) / N (Cui et al. 2019, effective number), scaled to a mean of 1.</summary>
    [JsonStringEnumMemberName("effectiveNumber")] EffectiveNumber,
}

/// <summary>The numbers that convolutions compute in during training. Loss, weights and everything exported are float32.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Precision>))]
public enum Precision
{
    /// <summary>bfloat16 where the processor has instructions for it, else float32.</summary>
    [JsonStringEnumMemberName("auto")] Auto,

    /// <summary>float32.</summary>
    [JsonStringEnumMemberName("fp32")] Float32,

    /// <summary>bfloat16 convolutions.</summary>
    [JsonStringEnumMemberName("bf16")] BFloat16,
}
