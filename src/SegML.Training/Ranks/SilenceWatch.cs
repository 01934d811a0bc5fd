namespace SegML.Training.Ranks;

/// <summary>
/// Notices that the other processes have not answered for too long: a machine is gone, or the network between them, which Open MPI would wait for for ever. It
/// counts the seconds in which this process ran, so that a training that is stopped for the night and goes on is not taken for a lost one.
/// </summary>
internal sealed class SilenceWatch : IDisposable
{
    private readonly Timer _timer;
    private readonly int _patience;
    private readonly Action _lost;
    private volatile bool _isWaiting;
    private int _seconds;

    /// <param name="patience">How long the others may be silent, in whole seconds.</param>
    /// <param name="lost">Called once, on another thread, when they were for longer.</param>
    public SilenceWatch(TimeSpan patience, Action lost)
    {
        (_patience, _lost) = ((int)patience.TotalSeconds, lost);
        _timer = new Timer(_ => Tick(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    /// <summary>A call that waits for the others begins; it ends when what this gives is disposed of.</summary>
    public Wait Begin()
    {
        Volatile.Write(ref _seconds, 0);
        _isWaiting = true;
        return new Wait(this);
    }

    public void Dispose() => _timer.Dispose();

    private void Tick()
    {
        if (_isWaiting && Interlocked.Increment(ref _seconds) == _patience)
        {
            _lost();
        }
    }

    /// <summary>A call that waits for the others.</summary>
    internal readonly struct Wait(SilenceWatch watch) : IDisposable
    {
        public void Dispose() => watch._isWaiting = false;
    }
}
