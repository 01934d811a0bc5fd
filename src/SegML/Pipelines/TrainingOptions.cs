using System.Text.Json.Serialization;

namespace SegML.Pipelines;

/// <summary>The training part of a pipeline file. Every value can be set from the command line: <c>--set training.epochs=20</c>.</summary>
public sealed record TrainingOptions
{
    /// <summary>
    /// The splits that are trained on, together. Default "train". With "val" among them nothing is validated, and the last epoch's weights are
    /// the best: for a last model from all that is annotated, once options and number of epochs are chosen.
    /// </summary>
    public IReadOnlyList<string> Splits { get; init; } = ["train"];

    /// <summary>Passes over the training splits, or runs of <see cref="IterationsPerEpoch"/> iterations. Default 100.</summary>
    public int Epochs { get; init; } = 100;

    /// <summary>
    /// Iterations of an epoch, 0 to 1000000. 0: those of one pass over the training splits. Above 0, samples are drawn in as many passes as it takes, each
    /// in an order of its own, so that eight images can train for thousands of iterations without thousands of validations; a batch may then hold
    /// an image more than once, changed in different ways. Default 0.
    /// </summary>
    public int IterationsPerEpoch { get; init; }

    /// <summary>Samples an iteration: 1 is single-sample descent, the data set's size whole-set descent. Default 8.</summary>
    public int BatchSize { get; init; } = 8;

    /// <summary>
    /// Iterations whose gradients are averaged into one update of the weights, 1 to 1000: an update then sees this many batches at the memory
    /// of one, but batch norm still sees one. An epoch's last update takes what is left of it. Default 1.
    /// </summary>
    public int Accumulate { get; init; } = 1;

    /// <summary>Decides initial weights, order and augmentation. Default 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>
    /// What the weights start from, relative to the working directory, for fine-tuning: a run's folder (its best checkpoint), a checkpoint (.dat), or an
    /// exported model (.onnx). Tensors are taken wherever name and shape agree, the scores of a class from the class of the same name, the first
    /// convolution in the order of colours that input.colorSpace has; the rest starts at random, and what was not taken is printed. Null: all
    /// weights start at random. Default null.
    /// </summary>
    public string? StartFrom { get; init; }

    /// <summary>
    /// Weights that the network's encoder starts from. "imagenet": the ResNet-18 of ML.NET's package Microsoft.ML.DnnImageFeaturizer.ResNet18 (MIT), for
    /// resnet-light, fcn and deeplabv3plus; it is looked for beside the app and in NuGet's package folder, and its first layer is rewritten for
    /// the input part's colour space, mean and std. A checkpoint of PyTorch's (.pth, .pt, .bin, .safetensors), treated alike: ResNets by the names of torchvision,
    /// timm and segmentation_models.pytorch, segformer's by those of Hugging Face and the paper's code; no code in it is run. Else, by name, an ONNX model (.onnx,
    /// batch normalisations not folded), a run's folder or a checkpoint (.dat). Relative to the working directory. Null: none. Default null.
    /// </summary>
    public string? EncoderWeights { get; init; }

    /// <summary>Whether the encoder stays as it starts, its batch norms' statistics too. Default false.</summary>
    public bool FreezeEncoder { get; init; }

    /// <summary>What the learning rate is multiplied by for the encoder, 0 to 100. Null: 0.1 with <see cref="EncoderWeights"/>, else 1. Default null.</summary>
    public double? EncoderLearningRateFactor { get; init; }

    /// <summary><see cref="EncoderLearningRateFactor"/>, or what stands for it.</summary>
    [JsonIgnore]
    public double EncoderRate => EncoderLearningRateFactor ?? (EncoderWeights is null ? 1 : 0.1);

    /// <summary>Default <see cref="OptimizerKind.Muon"/>, which learns most in the same time from random weights.</summary>
    public OptimizerKind Optimizer { get; init; } = OptimizerKind.Muon;

    /// <summary>Peak learning rate. Default 2e-3 (for Muon and AdamW; usual for SGD: 1e-2, for RMSprop: 1e-3).</summary>
    public double LearningRate { get; init; } = 2e-3;

    /// <summary>Decoupled for AdamW and Muon, L2 for the others; not applied to batch norm and biases. Default 2e-2.</summary>
    public double WeightDecay { get; init; } = 2e-2;

    /// <summary>What is special to muon.</summary>
    public MuonOptions Muon { get; init; } = new();

    /// <summary>What is special to adam and adamw, and to muon where it takes adamw's step.</summary>
    public AdamOptions Adam { get; init; } = new();

    /// <summary>What is special to sgd.</summary>
    public SgdOptions Sgd { get; init; } = new();

    /// <summary>What is special to rmsprop.</summary>
    [JsonPropertyName("rmsprop")]
    public RmsPropOptions RmsProp { get; init; } = new();

    /// <summary>The norm that the gradients of all weights together are shortened to where theirs is longer (L2); 0: never. Default 0.</summary>
    public double ClipNorm { get; init; }

    /// <summary>Steps over which the learning rate rises linearly from 0, at most a tenth of the run. Default 100.</summary>
    public int WarmUpIterations { get; init; } = 100;

    /// <summary>How the learning rate goes on. Default: a polynomial fall to 0.</summary>
    public ScheduleOptions Schedule { get; init; } = new();

    /// <summary>The name that <see cref="ScheduleOptions.Power"/> had when there was no other schedule; read, never written.</summary>
    [JsonInclude, JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    internal double PolyPower
    {
        get => default;
        init => Schedule = Schedule with { Power = value };
    }

    /// <summary>
    /// How classes weigh in the loss: a rule's name, or weights by class name, such as { "car": 3, "person": 5 }, which are used as they are and
    /// are 1 for a class that is not named. Default <see cref="ClassWeighting.InverseSquareRoot"/>.
    /// </summary>
    public ClassWeightRule ClassWeights { get; init; } = ClassWeighting.InverseSquareRoot;

    /// <summary>
    /// Oversampling of images with rare classes, 0 to 1: repeat factor sampling (Gupta et al. 2019, LVIS). An image is drawn sqrt(t / f) times as
    /// often as others, where t is this threshold and f the least share of the training images that a class of its own is in, if f is below
    /// t. An epoch has as many images as without it, so that frequent ones come less often. LVIS takes 0.001; small data sets 0.1 to 0.5. Default 0: none.
    /// </summary>
    public double OversampleThreshold { get; init; }

    /// <summary>
    /// How much of the class weights is taken back from the logits of the finished network, 0 to 1, because the weights make it name
    /// rare classes too often (Menon et al. 2021, logit adjustment). Without class weights it changes nothing. Default 0.
    /// </summary>
    public double LogitAdjustment { get; init; }

    /// <summary>
    /// The terms of the loss, which are added up. Where classes overlap, cross entropy is the binary one and dice, jaccard and tversky are of each class by
    /// itself; the others cannot be had. Default: cross entropy alone.
    /// </summary>
    public IReadOnlyList<LossOptions> Losses { get; init; } = [new()];

    /// <summary>Cross entropy's share of the target spread over all classes, 0 to below 1. Default 0.05.</summary>
    public double LabelSmoothing { get; init; } = 0.05;

    /// <summary>Decay of the weights' exponential moving average, ramped up from 0; 0 turns it off. Default 0.999.</summary>
    public double Ema { get; init; } = 0.999;

    /// <summary>
    /// Deep supervision (Lee et al. 2015): what the mean loss of auxiliary heads on the network's coarser stages is multiplied by, 0 to 10; 0.4
    /// is customary (Zhao et al. 2017, PSPNet). fcn-small, fcn-light, fcn-base, unet, fcn, deeplabv3plus and resnet-light have such stages; the heads
    /// are not in the exported model. Default 0: none.
    /// </summary>
    public double AuxiliaryFactor { get; init; }

    /// <summary>Models to learn from besides the masks. Null: none. Default null.</summary>
    public TeacherOptions? Teacher { get; init; }

    /// <summary>Default <see cref="Precision.Auto"/>.</summary>
    public Precision Precision { get; init; } = Precision.Auto;

    /// <summary>
    /// The validation figure that decides which epoch's weights are the best, when a run ends early, and which trials of a search go on: "meanIoU",
    /// "meanDice", "foregroundIoU", "foregroundDice" (the means over the classes other than the background), "IoU NAME" or "Dice NAME" for a class,
    /// or "loss". Null: foregroundIoU where a class is called background, bg or the like, else meanIoU. Default null.
    /// </summary>
    public string? Monitor { get; init; }

    /// <summary>Epochs between validations. Default 10.</summary>
    public int ValidateEvery { get; init; } = 10;

    /// <summary>
    /// How many epochs' weights the run's folder keeps, the last ones, for <c>segml runs average</c>: epoch-0012.dat and so on, as large as
    /// best.dat each. Does not change the result. Default 0.
    /// </summary>
    public int KeepCheckpoints { get; init; }

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
        if (Splits is not { Count: > 0 } || Splits.Distinct(StringComparer.Ordinal).Count() != Splits.Count)
        {
            throw new PipelineFormatException(source, "has no training.splits, or one of them twice", "name each once, such as [\"train\"]");
        }
        range.AtLeast(Epochs, 1, "epochs");
        range.Within(IterationsPerEpoch, 0, 1_000_000, "iterationsPerEpoch");
        range.AtLeast(BatchSize, 1, "batchSize");
        range.Above(LearningRate, 0, "learningRate");
        range.Within(EncoderRate, 0, 100, "encoderLearningRateFactor");
        range.Within(WeightDecay, 0, 10, "weightDecay");
        range.Within(Accumulate, 1, 1000, "accumulate");
        Muon.Validate(source);
        Adam.Validate(source);
        Sgd.Validate(source);
        RmsProp.Validate(source);
        range.Within(ClipNorm, 0, 1e6, "clipNorm");
        range.AtLeast(WarmUpIterations, 0, "warmUpIterations");
        Schedule.Validate(source);
        range.Within(OversampleThreshold, 0, 1, "oversampleThreshold");
        range.Within(LogitAdjustment, 0, 1, "logitAdjustment");
        range.Within(LabelSmoothing, 0, 0.9999, "labelSmoothing");
        range.Within(AuxiliaryFactor, 0, 10, "auxiliaryFactor");
        range.Within(Ema, 0, 0.999999, "ema");
        range.AtLeast(ValidateEvery, 1, "validateEvery");
        range.AtLeast(KeepCheckpoints, 0, "keepCheckpoints");
        EarlyStopping?.Validate(source);
        Teacher?.Validate(source);
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

    /// <summary>Adam (Kingma and Ba 2015), weight decay in the gradient.</summary>
    [JsonStringEnumMemberName("adam")] Adam,

    /// <summary>RMSprop (Hinton 2012, lecture 6e), with momentum.</summary>
    [JsonStringEnumMemberName("rmsprop")] RmsProp,

    /// <summary>Muon (Jordan et al. 2024), scaled so that AdamW's learning rates and decays suit it (Liu et al. 2025).</summary>
    [JsonStringEnumMemberName("muon")] Muon,
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
    /// <summary>bfloat16 where the processor has instructions for it, else float32; on CUDA float32.</summary>
    [JsonStringEnumMemberName("auto")] Auto,

    /// <summary>float32.</summary>
    [JsonStringEnumMemberName("fp32")] Float32,

    /// <summary>bfloat16 convolutions.</summary>
    [JsonStringEnumMemberName("bf16")] BFloat16,

    /// <summary>float16 convolutions, the loss scaled so that small gradients survive; made for CUDA, slow on processors.</summary>
    [JsonStringEnumMemberName("fp16")] Float16,
}
