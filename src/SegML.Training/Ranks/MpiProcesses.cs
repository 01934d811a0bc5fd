namespace SegML.Training.Ranks;

/// <summary>The processes that Open MPI's mpirun started, on one machine or many.</summary>
public sealed class MpiProcesses : IAllReduce
{
    /// <summary>How long the others may be silent unless <see cref="Join"/> is told otherwise: 10 minutes.</summary>
    public static readonly TimeSpan DefaultPatience = TimeSpan.FromMinutes(10);

    /// <summary>How mpirun says how many processes it started.</summary>
    internal const string SizeVariable = "OMPI_COMM_WORLD_SIZE";

    private readonly Mpi _mpi;
    private readonly SilenceWatch? _watch;

    private MpiProcesses(Mpi mpi, SilenceWatch? watch) => (_mpi, _watch) = (mpi, watch);

    /// <inheritdoc/>
    public int Rank => _mpi.Rank;

    /// <inheritdoc/>
    public int Count => _mpi.Count;

    /// <summary>Joins them where mpirun started this process with others; otherwise it trains alone. Once a process.</summary>
    /// <param name="lost">
    /// Called on a thread of its own where the others have been silent for longer than <paramref name="patience"/>, as they are where a machine or the network is
    /// gone; Open MPI itself would wait on. It should end the process. Null: nothing is done.
    /// </param>
    /// <param name="patience">How long they may be silent, at least a second; a process that trains, validates or writes is silent meanwhile. Null: <see cref="DefaultPatience"/>.</param>
    /// <exception cref="SegMLException">mpirun started it and Open MPI's library cannot be loaded.</exception>
    public static IAllReduce Join(Action? lost = null, TimeSpan? patience = null)
    {
        TimeSpan most = patience ?? DefaultPatience;
        ArgumentOutOfRangeException.ThrowIfLessThan(most, TimeSpan.FromSeconds(1), nameof(patience));
        return int.TryParse(Environment.GetEnvironmentVariable(SizeVariable), out int count) && count > 1
            ? new MpiProcesses(Mpi.Start(), lost is null ? null : new SilenceWatch(most, lost)) : new OneProcess();
    }

    /// <inheritdoc/>
    public void Sum(Span<float> values)
    {
        using SilenceWatch.Wait? wait = _watch?.Begin();
        _mpi.Sum(values);
    }

    /// <inheritdoc/>
    public void Sum(Span<double> values)
    {
        using SilenceWatch.Wait? wait = _watch?.Begin();
        _mpi.Sum(values);
    }

    /// <inheritdoc/>
    public void Abort(int code) => _mpi.Abort(code);

    /// <summary>Leaves the others, who leave too: it waits for them.</summary>
    public void Dispose()
    {
        _watch?.Dispose();
        _mpi.Finish();
    }
}
