namespace SegML.Training.Ranks;

/// <summary>
/// The processes that train one network together, seen from one of them. Each computes its share of every batch; what has to be of the whole batch is added up
/// here. All calls are collective: every process makes the same ones in the same order. One process alone and Open MPI are the two sides; NCCL between GPUs would be a third.
/// </summary>
public interface IAllReduce : IDisposable
{
    /// <summary>This process, from 0. Process 0 writes the run.</summary>
    int Rank { get; }

    /// <summary>How many processes there are.</summary>
    int Count { get; }

    /// <summary>Replaces values by their sums over all processes: the same bits in each of them.</summary>
    void Sum(Span<float> values);

    /// <summary>Replaces values by their sums over all processes: the same bits in each of them.</summary>
    void Sum(Span<double> values);

    /// <summary>Ends all processes at once, after one that cannot go on.</summary>
    /// <param name="code">What this process returns.</param>
    void Abort(int code);
}
