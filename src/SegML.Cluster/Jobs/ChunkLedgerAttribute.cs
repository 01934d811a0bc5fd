using System.Text.Json;
using Hangfire.Common;
using Hangfire.States;
using Hangfire.Storage;

namespace SegML.Cluster.Jobs;

/// <summary>
/// Keeps a job's account in the transactions that move its chunks from state to state: what is enqueued, done, parked and broken is true whenever a
/// process or the database stops.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class ChunkLedgerAttribute : JobFilterAttribute, IElectStateFilter, IApplyStateFilter
{
    // Hangfire keeps a job that succeeded for a day; of millions of chunks that is most of the database.
    private static readonly TimeSpan _kept = TimeSpan.FromMinutes(10);

    /// <inheritdoc/>
    public void OnStateElection(ElectStateContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.CandidateState is SucceededState { Result: ChunkReport { Parked: true } })
        {
            context.CandidateState = new ParkedState();
        }
    }

    /// <inheritdoc/>
    public void OnStateApplied(ApplyStateContext context, IWriteOnlyTransaction transaction)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(transaction);
        if (context.BackgroundJob.Job?.Args is not [string job, long chunk, _, long end, _, bool again, ..])
        {
            return;
        }
        var keys = new JobKeys(job);
        string id = context.BackgroundJob.Id;
        switch (context.NewState)
        {
            case EnqueuedState when context.OldStateName is null && !again:
                transaction.SetRangeInHash(keys.About, [new(JobKeys.Next, JobKeys.Text(chunk + 1)), new(JobKeys.Offset, JobKeys.Text(end))]);
                break;
            case EnqueuedState when context.OldStateName == ParkedState.StateName:
                transaction.RemoveFromSet(keys.Parked, id);
                break;
            case EnqueuedState when context.OldStateName == FailedState.StateName:
                transaction.RemoveFromSet(keys.Broken, id);
                break;
            case SucceededState succeeded:
                context.JobExpirationTimeout = _kept;
                transaction.AddToSet(keys.Done, JobKeys.Text(chunk));
                transaction.SetRangeInHash(keys.About, [new(JobKeys.LastDone, JobKeys.Text(DateTime.UtcNow))]);
                if (succeeded.Result is ChunkReport { Failures: { Count: > 0 } failures })
                {
                    transaction.SetRangeInHash(keys.Failures, [new(JobKeys.Text(chunk), JsonSerializer.Serialize(failures))]);
                }
                break;
            case ParkedState:
                transaction.AddToSet(keys.Parked, id);
                break;
            case FailedState:
                transaction.AddToSet(keys.Broken, id);
                break;
        }
    }

    /// <inheritdoc/>
    public void OnStateUnapplied(ApplyStateContext context, IWriteOnlyTransaction transaction)
    {
    }
}
