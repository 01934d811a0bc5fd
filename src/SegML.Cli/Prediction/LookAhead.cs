using System.Collections.Concurrent;

namespace SegML.Cli.Prediction;

/// <summary>Makes the steps of a sequence overlap.</summary>
internal static class LookAhead
{
    /// <summary>Enumerates on a thread of its own, a bounded number of items ahead of the consumer.</summary>
    /// <param name="source">The items; what it throws is thrown after the items before it.</param>
    /// <param name="most">The greatest number of items that wait; one more is being made.</param>
    /// <param name="cancellation">Ends it.</param>
    public static IEnumerable<T> Ahead<T>(this IEnumerable<T> source, int most, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var ready = new BlockingCollection<T>(most);
        Task making = Task.Factory.StartNew(Make, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            foreach (T item in ready.GetConsumingEnumerable(cancellation))
            {
                yield return item;
            }
            making.GetAwaiter().GetResult();
        }
        finally
        {
            stop.Cancel();
            Task.WaitAny([making], CancellationToken.None);
        }

        void Make()
        {
            try
            {
                foreach (T item in source)
                {
                    ready.Add(item, stop.Token);
                }
            }
            finally
            {
                ready.CompleteAdding();
            }
        }
    }
}
