using SegML.Pipelines;

namespace SegML.Training.Planning;

/// <summary>How classes count in the loss.</summary>
internal static class LossRules
{
    // A class with less than this share of what it would have among equals is rare.
    private const double RareShare = 0.5;

    private const double Adjustment = 0.5;

    /// <summary>A class's share as a multiple of what it would have if all that occur had the same.</summary>
    public static double Relative(DataFingerprint data, ClassFingerprint c) => c.Share * data.Present.Count();

    public static void Apply(PlanDraft draft)
    {
        if (draft.Data.Rarest is not { } rarest)
        {
            return;
        }
        double relative = Relative(draft.Data, rarest);
        if (relative < RareShare)
        {
            draft.Train(t => t with { ClassWeights = ClassWeighting.InverseSquareRoot, LogitAdjustment = Adjustment },
                PlanDraft.Text($"\"{rarest.Name}\" has {rarest.Share:0.##%} of the pixels; the adjustment takes half of the weights back, so that it is not found too often"),
                "classWeights", "logitAdjustment");
        }
        else
        {
            draft.Train(t => t with { ClassWeights = ClassWeighting.None, LogitAdjustment = 0 },
                PlanDraft.Text($"no class is rare: \"{rarest.Name}\" has {rarest.Share:0.#%} of the pixels"), "classWeights", "logitAdjustment");
        }
    }
}
