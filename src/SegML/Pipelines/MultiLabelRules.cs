namespace SegML.Pipelines;

/// <summary>What a pipeline whose classes overlap cannot have.</summary>
internal static class MultiLabelRules
{
    // The others weigh a pixel's one class against the rest.
    private static readonly LossKind[] Losses = [LossKind.CrossEntropy, LossKind.BinaryCrossEntropy, LossKind.Dice, LossKind.Jaccard, LossKind.Tversky];

    /// <summary>Checks a pipeline.</summary>
    /// <exception cref="PipelineFormatException">An option is for classes of which a pixel has one, or masks do not fit the classes.</exception>
    public static void Validate(Pipeline pipeline)
    {
        bool several = pipeline.Classes.IsMultiLabel;
        foreach ((string name, string masks) in Masks(pipeline.Data))
        {
            if (masks.Contains("{class}", StringComparison.Ordinal) != several)
            {
                throw new PipelineFormatException(pipeline.Source, several ? $"has classes that overlap and one mask an image in {name}" : $"has a mask for each class in {name}",
                    several ? "put {class} in the path of the masks, or name annotations" : "add \"multiLabel\": true, or take {class} out of the path of the masks");
            }
        }
        if (!several)
        {
            return;
        }
        TrainingOptions training = pipeline.Training;
        if (training.Losses.FirstOrDefault(l => !Losses.Contains(l.Kind)) is { } loss)
        {
            throw Bad($"training.losses of the kind {loss.Kind}", "choose binaryCrossEntropy, dice, jaccard or tversky");
        }
        AugmentationOptions augmentation = training.Augmentation;
        string? unfit = training.LogitAdjustment > 0 ? "training.logitAdjustment" : training.OversampleThreshold > 0 ? "training.oversampleThreshold"
            : augmentation.RareShare > 0 ? "training.augmentation.rareShare" : augmentation.CopyPaste > 0 ? "training.augmentation.copyPaste" : null;
        if (unfit is not null)
        {
            throw Bad(unfit, "leave it at 0");
        }

        PipelineFormatException Bad(string what, string fix) => new(pipeline.Source, $"has {what}, which is not for classes that overlap", fix);
    }

    private static IEnumerable<(string Name, string Masks)> Masks(DataOptions data) =>
        data.Splits.Select(s => ($"data.splits.{s.Key}", s.Value.Masks)).Append(("data.shares", data.Shares?.Masks))
            .Where(s => s.Item2 is not null).Select(s => (s.Item1, s.Item2!));
}
