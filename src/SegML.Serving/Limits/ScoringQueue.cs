using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Options;

namespace SegML.Serving.Limits;

/// <summary>
/// Admits requests up to a number and scores their images on threads of its own, so that the server's threads stay free to answer that it is busy.
/// Thread-safe.
/// </summary>
internal sealed class ScoringQueue : IDisposable
{
    private readonly BlockingCollection<Job> _jobs = [];
    private readonly Thread[] _threads;
    private readonly ServingMetrics _metrics;
    private readonly int _places;
    private int _admitted;
    private double _meanSeconds = 0.1;

    public ScoringQueue(IOptions<ServingOptions> options, ServingMetrics metrics)
    {
        _metrics = metrics;
        _places = options.Value.Concurrency + options.Value.QueueLength;
        _threads = [.. Enumerable.Range(0, options.Value.Concurrency).Select(i => new Thread(Work) { IsBackground = true, Name = $"segml scoring {i}" })];
        Array.ForEach(_threads, t => t.Start());
    }

    /// <summary>Requests that were admitted and not answered yet.</summary>
    public int Admitted => Volatile.Read(ref _admitted);

    /// <summary>When a request that found no place may find one: whole seconds, 1 to 60.</summary>
    public int RetryAfter => (int)Math.Clamp(Math.Ceiling(_places * Volatile.Read(ref _meanSeconds) / _threads.Length / 2), 1, 60);

    /// <summary>Takes a place; null: there is none. Dispose it when the request is answered.</summary>
    public Place? TryEnter()
    {
        if (Interlocked.Increment(ref _admitted) > _places)
        {
            Interlocked.Decrement(ref _admitted);
            _metrics.Refused();
            return null;
        }
        _metrics.Admitted(1);
        return new Place(this);
    }

    /// <summary>Does work when its turn comes. What it uses is free again when the task has ended, however it ends.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled before its turn, or by itself.</exception>
    public async Task<T> Run<T>(Func<T> work, CancellationToken cancellation)
    {
        T result = default!;
        var job = new Job(() => result = work());
        await using (cancellation.UnsafeRegister(static (j, token) => ((Job)j!).Cancel(token), job))
        {
            _jobs.Add(job, CancellationToken.None);
            await job.Done;
        }
        return result;
    }

    public void Dispose()
    {
        _jobs.CompleteAdding();
        Array.ForEach(_threads, t => t.Join());
        _jobs.Dispose();
    }

    private void Work()
    {
        foreach (Job job in _jobs.GetConsumingEnumerable())
        {
            if (job.Begin() is not { } waited)
            {
                continue;
            }
            _metrics.Waited(waited);
            long start = Stopwatch.GetTimestamp();
            job.Run();
            TimeSpan spent = Stopwatch.GetElapsedTime(start);
            _metrics.Scored(spent);
            // A moving mean; that two threads may overwrite each other's matters to no one.
            Volatile.Write(ref _meanSeconds, 0.9 * Volatile.Read(ref _meanSeconds) + 0.1 * spent.TotalSeconds);
        }
    }

    private void Leave()
    {
        Interlocked.Decrement(ref _admitted);
        _metrics.Admitted(-1);
    }

    /// <summary>A request's place.</summary>
    internal sealed class Place(ScoringQueue queue) : IDisposable
    {
        private ScoringQueue? _queue = queue;

        public void Dispose() => Interlocked.Exchange(ref _queue, null)?.Leave();
    }

    /// <summary>Work that waits, then runs, or is cancelled while it waits.</summary>
    private sealed class Job(Action work)
    {
        private const int Waiting = 0, Taken = 1;

        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly long _since = Stopwatch.GetTimestamp();
        private readonly Activity? _activity = Activity.Current;
        private int _state;

        public Task Done => _done.Task;

        /// <summary>How long it waited; null: it was cancelled.</summary>
        public TimeSpan? Begin() => Interlocked.CompareExchange(ref _state, Taken, Waiting) == Waiting ? Stopwatch.GetElapsedTime(_since) : null;

        public void Cancel(CancellationToken token)
        {
            if (Interlocked.CompareExchange(ref _state, Taken, Waiting) == Waiting)
            {
                _done.TrySetCanceled(token);
            }
        }

        public void Run()
        {
            Activity.Current = _activity;
            try
            {
                work();
                _done.SetResult();
            }
            catch (OperationCanceledException e)
            {
                _done.SetCanceled(e.CancellationToken);
            }
#pragma warning disable CA1031 // Whatever it is, it belongs to the request that waits for it.
            catch (Exception e)
#pragma warning restore CA1031
            {
                _done.SetException(e);
            }
            finally
            {
                Activity.Current = null;
            }
        }
    }
}
