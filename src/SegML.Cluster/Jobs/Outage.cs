using System.Data.Common;
using System.Diagnostics;
using System.Net.Sockets;

namespace SegML.Cluster.Jobs;

/// <summary>A database that is away for a while: restarted, or behind a network that is cut.</summary>
internal static class Outage
{
    private static readonly TimeSpan _waits = TimeSpan.FromSeconds(1);

    /// <summary>Whether an exception says so, or one behind it.</summary>
    public static bool Is(Exception e)
    {
        for (Exception? inner = e; inner is not null; inner = inner.InnerException)
        {
            if (inner is SocketException or TimeoutException or DbException { IsTransient: true } || inner is IOException && inner is not FileNotFoundException
                // The server is shutting down or starting up.
                || inner is DbException { SqlState: "57P01" or "57P02" or "57P03" })
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>Does something again and again until the database is there.</summary>
    /// <param name="act">What is right to be done twice.</param>
    /// <param name="most">How long to wait; then the fault is thrown.</param>
    /// <param name="told">Called once when waiting begins.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public static T Outlast<T>(Func<T> act, TimeSpan most, Action<string>? told, CancellationToken cancellation)
    {
        long? since = null;
        while (true)
        {
            try
            {
                return act();
            }
            catch (Exception e) when (Is(e) && (since is not { } start || Stopwatch.GetElapsedTime(start) < most))
            {
                if (since is null)
                {
                    since = Stopwatch.GetTimestamp();
                    told?.Invoke($"the database is away ({e.GetBaseException().Message.ReplaceLineEndings(" ").TrimEnd('.')}); waiting for it");
                }
                cancellation.WaitHandle.WaitOne(_waits);
                cancellation.ThrowIfCancellationRequested();
            }
        }
    }
}
