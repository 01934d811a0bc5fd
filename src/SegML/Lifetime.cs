namespace SegML;

/// <summary>
/// The lifetime of native objects that several threads use: they are freed once, after <see cref="End"/> and when the last use is over.
/// A use that begins after the end throws <see cref="ObjectDisposedException"/>. Thread-safe and without waiting.
/// </summary>
/// <param name="name">What the exception calls the object.</param>
/// <param name="free">Frees it.</param>
internal sealed class Lifetime(string name, Action free)
{
    // The sign bit; the others count the uses.
    private const int Ended = int.MinValue;

    private int _uses;

    /// <summary>Begins a use, which keeps the object until it is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The lifetime has ended.</exception>
    public Use Enter()
    {
        for (int seen = Volatile.Read(ref _uses); ;)
        {
            if (seen < 0)
            {
                throw new ObjectDisposedException(name);
            }
            int before = Interlocked.CompareExchange(ref _uses, seen + 1, seen);
            if (before == seen)
            {
                return new Use(this);
            }
            seen = before;
        }
    }

    /// <summary>Ends the lifetime. Frees the object now, or the last use does. More than one end is one.</summary>
    public void End()
    {
        if (Interlocked.Or(ref _uses, Ended) == 0)
        {
            free();
        }
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _uses) == Ended)
        {
            free();
        }
    }

    /// <summary>One use; dispose it once.</summary>
    internal readonly struct Use(Lifetime lifetime) : IDisposable
    {
        public void Dispose() => lifetime.Leave();
    }
}
