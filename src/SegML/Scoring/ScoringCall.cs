namespace SegML.Scoring;

/// <summary>
/// What may stop a scoring call: the caller's token, and the time that a call may take. It is the calling thread's from beginning to end, as the
/// call itself is: tiles and further views run the network many times, far below where token and limit are known.
/// </summary>
internal sealed class ScoringCall : IDisposable
{
    [ThreadStatic]
    private static ScoringCall? _current;

    private readonly ScoringCall? _outer;
    private readonly CancellationToken _asked;
    private readonly CancellationTokenSource? _source;

    private ScoringCall(CancellationToken asked, TimeSpan? limit)
    {
        (_asked, Limit, _outer) = (asked, limit, _current);
        if (limit is { } time)
        {
            _source = CancellationTokenSource.CreateLinkedTokenSource(asked);
            _source.CancelAfter(time);
        }
        _current = this;
    }

    /// <summary>The longest that the call may take; null: as long as it takes.</summary>
    public TimeSpan? Limit { get; }

    /// <summary>Stops what is under way.</summary>
    public CancellationToken Token => _source?.Token ?? _asked;

    /// <summary>The call that this thread is in; null: none that may be stopped.</summary>
    public static ScoringCall? Current => _current;

    /// <summary>Begins a call on this thread.</summary>
    /// <exception cref="OperationCanceledException">The token is cancelled already.</exception>
    public static ScoringCall Begin(CancellationToken asked, TimeSpan? limit)
    {
        asked.ThrowIfCancellationRequested();
        return new ScoringCall(asked, limit);
    }

    /// <summary>Throws if the call is to stop.</summary>
    /// <param name="model">The model's name.</param>
    /// <exception cref="OperationCanceledException">The caller asked for it.</exception>
    /// <exception cref="ScoringTimeoutException">The time is up.</exception>
    public void ThrowIfStopped(string model)
    {
        _asked.ThrowIfCancellationRequested();
        if (Token.IsCancellationRequested)
        {
            throw new ScoringTimeoutException(model, $"takes longer than the limit of {Limit!.Value.TotalSeconds:0.###} s for an image",
                "raise TimeLimit (--time-limit), score smaller images, or do not use this model");
        }
    }

    public void Dispose()
    {
        _current = _outer;
        _source?.Dispose();
    }
}
