namespace SegML.Benchmarks;

/// <summary>One way from image files to masks.</summary>
/// <param name="name">What it is called in the table.</param>
internal abstract class Contender(string name) : IDisposable
{
    public string Name => name;

    /// <summary>Scores one file. Files are asked for in order, 0 to the last, again and again.</summary>
    /// <returns>The class ids at the image's size; good until the next call.</returns>
    public abstract ReadOnlySpan<byte> Score(int file);

    public virtual void Dispose()
    {
    }
}
