namespace SegML.Training.Ranks;

/// <summary>What processes decide together, so that none waits for another that has left.</summary>
public static class Agreement
{
    /// <summary>A value's sum over all processes.</summary>
    /// <param name="ranks">The processes.</param>
    /// <param name="value">This one's.</param>
    public static double Sum(this IAllReduce ranks, double value)
    {
        ArgumentNullException.ThrowIfNull(ranks);
        if (ranks.Count == 1)
        {
            return value;
        }
        Span<double> sum = [value];
        ranks.Sum(sum);
        return sum[0];
    }

    /// <summary>Whether all processes have the same value, such as a checksum.</summary>
    /// <param name="ranks">The processes.</param>
    /// <param name="value">This one's.</param>
    internal static bool AllHave(this IAllReduce ranks, ulong value)
    {
        ArgumentNullException.ThrowIfNull(ranks);
        // In parts that add up exactly: the sums are multiples of each process's own parts only where all parts are the same.
        double[] own = [.. Enumerable.Range(0, 4).Select(i => (double)(value >> 16 * i & 0xFFFF))], sums = [.. own];
        ranks.Sum(sums);
        bool same = own.Zip(sums, (o, s) => s == o * ranks.Count).All(equal => equal);
        return ranks.Sum(same ? 0 : 1) == 0;
    }

    /// <summary>Does something that may fail in one process and not in another. Either all go on or none.</summary>
    /// <param name="ranks">The processes.</param>
    /// <param name="act">What each does; what it returns is disposed where another failed.</param>
    /// <exception cref="SegMLException">It failed here; of several processes in which it did, the first one's is what a user reads.</exception>
    /// <exception cref="OtherRankException">It failed in another process, which says why.</exception>
    public static T Together<T>(this IAllReduce ranks, Func<T> act)
    {
        ArgumentNullException.ThrowIfNull(ranks);
        ArgumentNullException.ThrowIfNull(act);
        if (ranks.Count == 1)
        {
            return act();
        }
        T result = default!;
        Exception? fault = null;
        try
        {
            result = act();
        }
        catch (Exception e) when (e is SegMLException or OperationCanceledException or IOException or UnauthorizedAccessException)
        {
            fault = e;
        }
        double[] failed = new double[ranks.Count];
        failed[ranks.Rank] = fault is null ? 0 : 1;
        ranks.Sum(failed);
        int first = Array.FindIndex(failed, f => f > 0);
        if (first < 0)
        {
            return result;
        }
        (result as IDisposable)?.Dispose();
        if (first == ranks.Rank)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(fault!);
        }
        throw new OtherRankException(first, fault);
    }

    /// <summary>Samples of a batch that a process takes, in order: as many as the others, or one more.</summary>
    /// <param name="ranks">The processes.</param>
    /// <param name="samples">Samples of the batch.</param>
    public static (int From, int To) Share(this IAllReduce ranks, int samples) => ranks is null ? throw new ArgumentNullException(nameof(ranks)) :
        ((int)((long)samples * ranks.Rank / ranks.Count), (int)((long)samples * (ranks.Rank + 1) / ranks.Count));
}

/// <summary>Another process of a training cannot go on, and says why itself.</summary>
public sealed class OtherRankException : SegMLException
{
    internal OtherRankException(int rank, Exception? inner)
        : base($"process {rank}", "cannot go on, and with it none", "see what it says", inner)
    {
    }
}
