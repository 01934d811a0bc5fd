using SegML.Pipelines;

namespace SegML.Training.Planning;

/// <summary>
/// Plans how a network is trained on a data set: input size, crops, network, batch, iterations, learning rate, loss and augmentation follow
/// from the data set's fingerprint and the machine by rules, each choice with its reason. The idea is nnU-Net's (Isensee et al. 2021).
/// </summary>
public static class PipelinePlanner
{
    /// <summary>Measures a pipeline's training images and plans for them.</summary>
    /// <param name="pipeline">
    /// Name, classes and data. The plan replaces the other parts' values that it decides, whatever they were, and leaves the rest.
    /// </param>
    /// <param name="options">Time, device and how many images to measure. Null: the defaults.</param>
    /// <param name="progress">Receives the number of images measured, from several threads.</param>
    /// <param name="cancellation">Stops measuring.</param>
    /// <returns>The planned pipeline, which <see cref="PlannedFile"/> writes with its reasons.</returns>
    /// <exception cref="DatasetException">A training split is missing, or none of its images can be read.</exception>
    /// <exception cref="DeviceException">CUDA was asked for and is not there.</exception>
    public static PipelinePlan Plan(
        Pipeline pipeline, PlanOptions? options = null, IProgress<(int Done, int Total)>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        options ??= new PlanOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxImages, 1, nameof(options));
        return Plan(pipeline, FingerprintReader.Read(pipeline, options.MaxImages, progress, cancellation), options);
    }

    /// <summary>Plans for a data set that was measured before.</summary>
    /// <param name="pipeline">Name, classes and data.</param>
    /// <param name="data">What the data set is like.</param>
    /// <param name="options">Time and device. Null: the defaults.</param>
    /// <exception cref="DeviceException">CUDA was asked for and is not there.</exception>
    public static PipelinePlan Plan(Pipeline pipeline, DataFingerprint data, PlanOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(data);
        if (pipeline.Classes.IsMultiLabel)
        {
            throw new PipelineFormatException(pipeline.Source, "has classes that overlap, for which there are no rules", "train it as it is, without a plan");
        }
        options ??= new PlanOptions();
        if (!(options.Minutes > 0) || !double.IsFinite(options.Minutes))
        {
            throw new ArgumentOutOfRangeException(nameof(options), $"{options.Minutes} minutes are not above 0");
        }
        var draft = new PlanDraft(data, options.Machine ?? PlanMachine.Here(options.Device), options.Minutes, pipeline);
        InputRules.Apply(draft);
        NetworkRules.Apply(draft);
        BatchRules.Apply(draft);
        ScheduleRules.Apply(draft);
        LossRules.Apply(draft);
        AugmentationRules.Apply(draft);
        draft.Pipeline.Validate();
        return new PipelinePlan
        {
            Pipeline = draft.Pipeline,
            Decisions = draft.Decisions,
            Data = data,
            Machine = draft.Machine,
            Steps = draft.Steps,
            Minutes = draft.Steps * TrainingCost.Seconds(draft.Machine, draft.Width, draft.BatchPixels) / 60,
        };
    }
}
