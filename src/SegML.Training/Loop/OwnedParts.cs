namespace SegML.Training.Loop;

/// <summary>What a run is built of and has to give back. Parts are disposed in reverse: a part may use those before it to the end.</summary>
/// <param name="added">Called with each part once it is owned; what it throws stops the building. Null: nothing is called.</param>
internal sealed class OwnedParts(Action<IDisposable>? added = null) : IDisposable
{
    private readonly Stack<IDisposable> _parts = new();

    /// <summary>Takes a part over.</summary>
    /// <returns>The part.</returns>
    public T Add<T>(T part) where T : IDisposable
    {
        _parts.Push(part);
        added?.Invoke(part);
        return part;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_parts.TryPop(out IDisposable? part))
        {
            part.Dispose();
        }
    }
}
