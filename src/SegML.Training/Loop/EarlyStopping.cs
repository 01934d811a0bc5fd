using SegML.Pipelines;
using SegML.Training.Runs;

namespace SegML.Training.Loop;

/// <summary>
/// Decides when a run is over early. All that it knows is in the checkpoint, so a resumed run decides as one that was never
/// stopped, and one that ended early stays ended.
/// </summary>
internal sealed class EarlyStopping(TrainingOptions training, Checkpoint checkpoint)
{
    private readonly EarlyStoppingOptions? _options = training.EarlyStopping;

    /// <summary>Whether the last validation came too late to go on.</summary>
    public bool IsReached => _options is not null
        && checkpoint.Epoch > 0
        && checkpoint.Epoch % training.ValidateEvery == 0
        && checkpoint.Epoch - checkpoint.ImprovedEpoch >= _options.Patience;

    /// <summary>Notes the validation of the checkpoint's epoch.</summary>
    /// <param name="rank">Its figure, of which more is better.</param>
    public void Validated(double rank)
    {
        if (double.IsNaN(checkpoint.ImprovedRank) || rank > checkpoint.ImprovedRank + (_options?.MinImprovement ?? 0))
        {
            checkpoint.ImprovedEpoch = checkpoint.Epoch;
            checkpoint.ImprovedRank = rank;
        }
    }
}
