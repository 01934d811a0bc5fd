namespace SegML.Cli.Terminal;

/// <summary>Unlike <see cref="Progress{T}"/>, reports on the caller's thread, so that lines keep their order.</summary>
internal sealed class Direct<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}
