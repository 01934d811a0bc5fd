using SegML.Masks;

namespace SegML.Scoring;

/// <summary>
/// The probability of every class at every pixel of an image. In rented memory: dispose it when done with it, and the next
/// one takes its memory. One that is never disposed is merely collected. After <see cref="Dispose"/> nothing may use it,
/// nor a span that was taken from it.
/// </summary>
public sealed class SegmentationScores : IDisposable
{
    private float[]? _values;

    internal SegmentationScores(int width, int height, ClassSet classes)
    {
        Width = width;
        Height = height;
        Classes = classes;
        _values = Rented.Rent<float>(checked(classes.Count * width * height));
    }

    /// <summary>Width in pixels: the image's.</summary>
    public int Width { get; }

    /// <summary>Height in pixels: the image's.</summary>
    public int Height { get; }

    /// <summary>The classes; a class's id is its index in <see cref="Values"/>.</summary>
    public ClassSet Classes { get; }

    /// <summary>Probabilities of 0 to 1, [C, H, W]: class after class, each row by row. A pixel's sum to 1, unless classes overlap.</summary>
    /// <exception cref="ObjectDisposedException">The scores were disposed.</exception>
    public ReadOnlySpan<float> Values => Writable;

    /// <summary>The probability of a class at a pixel.</summary>
    /// <exception cref="ObjectDisposedException">The scores were disposed.</exception>
    public float this[int id, int x, int y] => Of(id)[y * Width + x];

    internal Span<float> Writable
    {
        get
        {
            ObjectDisposedException.ThrowIf(_values is null, this);
            return _values.AsSpan(0, Classes.Count * Width * Height);
        }
    }

    /// <summary>One class's probabilities, [H, W].</summary>
    /// <param name="id">The class's id.</param>
    /// <exception cref="ObjectDisposedException">The scores were disposed.</exception>
    public ReadOnlySpan<float> Of(int id)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(id, Classes.Count);
        return Values.Slice(id * Width * Height, Width * Height);
    }

    /// <summary>
    /// The most probable class of every pixel, the first of equals: the mask that <c>Predict</c> gives, except where two
    /// classes are equally probable to within float's rounding. Where classes overlap, those that reach their thresholds.
    /// </summary>
    /// <returns>A mask of the same size; dispose it to give its memory back.</returns>
    /// <exception cref="ObjectDisposedException">The scores were disposed.</exception>
    public SegmentationMask ToMask()
    {
        if (Classes.Thresholds is not { } thresholds)
        {
            return new LogitsView(Values, Classes.Count, Height, Width).ToMask(Classes, Width, Height);
        }
        SegmentationMask mask = SegmentationMask.Rent(Width, Height, Classes);
        Sigmoids.Classify(Values, thresholds, mask.Ids);
        return mask;
    }

    /// <summary>Gives the memory back. Later use throws.</summary>
    public void Dispose()
    {
        float[]? values = Interlocked.Exchange(ref _values, null);
        if (values is not null)
        {
            Rented.Return(values);
        }
    }
}
