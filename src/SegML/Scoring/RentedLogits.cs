using SegML.Images;

namespace SegML.Scoring;

/// <summary>One image's logits in rented memory, to be changed or merged with others before they are read.</summary>
/// <param name="classes">C.</param>
/// <param name="height">H.</param>
/// <param name="width">W.</param>
internal sealed class RentedLogits(int classes, int height, int width) : IDisposable
{
    private float[]? _values = Rented.Rent<float>(checked(classes * height * width));

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

    /// <summary>A copy of a part of logits.</summary>
    /// <param name="logits">The logits of a whole input.</param>
    /// <param name="part">The part, in the logits' own pixels.</param>
    public static RentedLogits Part(LogitsView logits, Letterbox part)
    {
        var rented = new RentedLogits(logits.Classes, part.Height, part.Width);
        for (int row = 0; row < logits.Classes * part.Height; row++)
        {
            int from = (row / part.Height * logits.Height + part.Top + row % part.Height) * logits.Width + part.Left;
            logits.Values.Slice(from, part.Width).CopyTo(rented.Values[(row * part.Width)..]);
        }
        return rented;
    }

    /// <summary>What to read masks and scores from.</summary>
    public LogitsView View => new(Values, classes, height, width);

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        float[]? values = Interlocked.Exchange(ref _values, null);
        if (values is not null)
        {
            Rented.Return(values);
        }
    }
}
