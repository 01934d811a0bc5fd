namespace SegML.Training.Ranks;

/// <summary>The processes that Open MPI's mpirun started, on one machine or many.</summary>
public sealed class MpiProcesses : IAllReduce
{
    /// <summary>How mpirun says how many processes it started.</summary>
    internal const string SizeVariable = "OMPI_COMM_WORLD_SIZE";

    private readonly Mpi _mpi;

    private MpiProcesses(Mpi mpi) => _mpi = mpi;

    /// <inheritdoc/>
    public int Rank => _mpi.Rank;

    /// <inheritdoc/>
    public int Count => _mpi.Count;

    /// <summary>Joins them where mpirun started this process with others; otherwise it trains alone. Once a process.</summary>
    /// <exception cref="SegMLException">mpirun started it and Open MPI's library cannot be loaded.</exception>
    public static IAllReduce Join() =>
        int.TryParse(Environment.GetEnvironmentVariable(SizeVariable), out int count) && count > 1 ? new MpiProcesses(Mpi.Start()) : new OneProcess();

    /// <inheritdoc/>
    public void Sum(Span<float> values) => _mpi.Sum(values);

    /// <inheritdoc/>
    public void Sum(Span<double> values) => _mpi.Sum(values);

    /// <inheritdoc/>
    public void Abort(int code) => _mpi.Abort(code);

    /// <summary>Leaves the others, who leave too: it waits for them.</summary>
    public void Dispose() => _mpi.Finish();
}
