using System.Buffers;

namespace SegML.Scoring;

/// <summary>One image's logits in rented memory, to be changed or merged with others before they are read.</summary>
/// <param name="classes">C.</param>
/// <param name="height">H.</param>
/// <param name="width">W.</param>
internal sealed class RentedLogits(int classes, int height, int width) : IDisposable
{
    private float[]? _values = ArrayPool<float>.Shared.Rent(checked(classes * height * width));

    public int Classes => classes;

    public int Height => height;

    public int Width => width;

    /// <summary>[C, H, W]; not cleared when new.</summary>
    public Span<float> Values
    {
        get
        {
            ObjectDisposedException.ThrowIf(_values is null, this);
            return _values.AsSpan(0, classes * height * width);
        }
    }

    /// <summary>What to read masks and scores from.</summary>
    public LogitsView View => new(Values, classes, height, width);

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        float[]? values = Interlocked.Exchange(ref _values, null);
        if (values is not null)
        {
            ArrayPool<float>.Shared.Return(values);
        }
    }
}
