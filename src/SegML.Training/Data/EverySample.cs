using System.Collections.Concurrent;

namespace SegML.Training.Data;

/// <summary>One pass over all samples, on all cores, that goes on past those that cannot be read.</summary>
internal static class EverySample
{
    /// <summary>Visits each sample once.</summary>
    /// <param name="count">How many there are.</param>
    /// <param name="visit">Called with each index, from several threads at a time.</param>
    /// <param name="cancellation">Stops the pass with <see cref="OperationCanceledException"/>.</param>
    /// <returns>What is wrong with the samples that cannot be read, in the samples' order.</returns>
    /// <exception cref="IOException">A visit could not write what it read.</exception>
    public static IReadOnlyList<SegMLException> Visit(int count, Action<int> visit, CancellationToken cancellation)
    {
        var faults = new ConcurrentDictionary<int, SegMLException>();
        try
        {
            Parallel.For(0, count, new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
            {
                try
                {
                    visit(i);
                }
                catch (SegMLException e)
                {
                    faults[i] = e;
                }
            });
        }
        catch (AggregateException e) when (e.InnerExceptions.OfType<IOException>().FirstOrDefault() is { } fault)
        {
            throw fault;
        }
        return [.. faults.OrderBy(f => f.Key).Select(f => f.Value)];
    }
}
