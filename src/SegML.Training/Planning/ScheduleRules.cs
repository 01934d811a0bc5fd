using SegML.Pipelines;

namespace SegML.Training.Planning;

/// <summary>Epochs, learning rate, averaging.</summary>
internal static class ScheduleRules
{
    // How often a run is looked at: enough to choose the best, few enough to cost little.
    private const int Epochs = 40, Validations = 10;

    // The average of the weights reaches back over this share of the run.
    private const double AveragedShare = 0.1;

    private const double LearningRate = 4e-3, Momentum = 0.95;

    public static void Apply(PlanDraft draft)
    {
        int pass = draft.Data.Images / draft.Training.BatchSize;
        bool passes = pass >= draft.Steps / (double)Epochs;
        int iterations = passes ? 0 : Math.Max(1, draft.Steps / Epochs);
        int epochs = passes ? Math.Max(1, (int)Math.Round((double)draft.Steps / pass)) : Epochs;
        draft.Steps = epochs * (passes ? pass : iterations);
        draft.Train(t => t with { IterationsPerEpoch = iterations, Epochs = epochs },
            PlanDraft.Text($"{draft.Steps} updates of the weights")
            + (passes ? "; an epoch is a pass over the images" : PlanDraft.Text($"; {draft.Data.Images.Of("image")} alone would make {Math.Max(1, pass)} an epoch")),
            "iterationsPerEpoch", "epochs");
        draft.Train(t => t with { ValidateEvery = Math.Max(1, epochs / Validations) }, PlanDraft.Text($"{Validations} validations in all"), "validateEvery");
        draft.Train(t => t with
        {
            Optimizer = OptimizerKind.Muon,
            LearningRate = LearningRate,
            Muon = t.Muon with { Momentum = Momentum },
            WarmUpIterations = Math.Clamp(draft.Steps / 20, 10, 200),
        }, "learns most in a given time from random weights; the warm-up is a twentieth of the run", "optimizer", "learningRate", "muon", "warmUpIterations");
        double ema = Math.Round(Math.Clamp(1 - 1 / (AveragedShare * draft.Steps), 0.9, 0.9995), 4);
        draft.Train(t => t with { Ema = ema }, "averages the weights over the last tenth of the run", "ema");
    }
}
