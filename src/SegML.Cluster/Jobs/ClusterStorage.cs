using Hangfire;
using Hangfire.InMemory;
using Hangfire.PostgreSql;
using Hangfire.PostgreSql.Factories;
using Hangfire.Storage.SQLite;
using Npgsql;

namespace SegML.Cluster.Jobs;

/// <summary>Opens the storage that a cluster's machines share.</summary>
public static class ClusterStorage
{
    /// <summary>How long a chunk stays a worker's that is not heard of: 60 seconds.</summary>
    public static readonly TimeSpan DefaultLease = TimeSpan.FromSeconds(60);

    /// <summary>Opens a storage, and makes its tables where they are missing.</summary>
    /// <param name="connection">
    /// <c>Host=...;Database=...</c>: PostgreSQL, for many machines. A file's path, which ends with .db or .sqlite: SQLite, for the processes of one
    /// machine. <c>memory</c>: this process alone.
    /// </param>
    /// <param name="lease">How long a chunk stays a worker's that is not heard of, then another takes it; at least 5 seconds. Null: <see cref="DefaultLease"/>.</param>
    /// <exception cref="ClusterException">It is none of these, or cannot be reached.</exception>
    public static JobStorage Open(string connection, TimeSpan? lease = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(connection);
        TimeSpan held = lease ?? DefaultLease;
        ArgumentOutOfRangeException.ThrowIfLessThan(held, TimeSpan.FromSeconds(5), nameof(lease));
        // Workers may be of another version than the one that enqueued.
        GlobalConfiguration.Configuration.UseSimpleAssemblyNameTypeSerializer().UseRecommendedSerializerSettings();
        if (connection == "memory")
        {
            return new InMemoryStorage();
        }
        if (IsFile(connection))
        {
            try
            {
                return new SQLiteStorage(connection, new SQLiteStorageOptions { QueuePollInterval = TimeSpan.FromMilliseconds(200), InvisibilityTimeout = held });
            }
            catch (SQLite.SQLiteException e)
            {
                throw new ClusterException(connection, $"cannot be opened ({e.Message.ReplaceLineEndings(" ").TrimEnd('.')})", "name a new file, or one that segml predict --cluster made", e);
            }
        }
        if (!connection.Contains('='))
        {
            throw new ClusterException(Shown(connection), "is no storage", "give \"Host=...;Database=...\" for PostgreSQL, or a file that ends with .db for SQLite");
        }
        try
        {
            var options = new PostgreSqlStorageOptions
            {
                InvisibilityTimeout = held,
                UseSlidingInvisibilityTimeout = true,
                QueuePollInterval = TimeSpan.FromSeconds(1),
                JobExpirationCheckInterval = TimeSpan.FromMinutes(5),
                // A worker that is killed while it looks for retries that are due keeps the lock on that so long, and no other worker sees them. Ten minutes by default.
                DistributedLockTimeout = held,
            };
            // The storage would try for half a minute and say nothing.
            using (var trial = new NpgsqlConnection(connection))
            {
                trial.Open();
            }
            return new PostgreSqlStorage(new NpgsqlConnectionFactory(connection, options), options);
        }
        catch (Exception e) when (e is NpgsqlException or ArgumentException or System.Net.Sockets.SocketException)
        {
            throw new ClusterException(Shown(connection), $"cannot be reached ({e.Message.ReplaceLineEndings(" ").TrimEnd('.')})", "see whether the server runs and the connection string is right", e);
        }
    }

    /// <summary>Whether a connection names a file, which is SQLite's.</summary>
    public static bool IsFile(string connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return connection.EndsWith(".db", StringComparison.OrdinalIgnoreCase) || connection.EndsWith(".sqlite", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>A connection as messages name it: without what must not be read there.</summary>
    internal static string Shown(string connection)
    {
        try
        {
            var parts = new NpgsqlConnectionStringBuilder(connection);
            return $"PostgreSQL at {parts.Host}:{parts.Port}/{parts.Database}";
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            return connection.Contains('=') ? "the connection string" : connection;
        }
    }
}
