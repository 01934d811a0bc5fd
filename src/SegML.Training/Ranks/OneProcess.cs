namespace SegML.Training.Ranks;

/// <summary>Training in one process: there is nothing to add up.</summary>
public sealed class OneProcess : IAllReduce
{
    /// <inheritdoc/>
    public int Rank => 0;

    /// <inheritdoc/>
    public int Count => 1;

    /// <inheritdoc/>
    public void Sum(Span<float> values)
    {
    }

    /// <inheritdoc/>
    public void Sum(Span<double> values)
    {
    }

    /// <inheritdoc/>
    public void Abort(int code) => Environment.Exit(code);

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
