using SegML.Pipelines;

namespace SegML.Training.Data;

/// <summary>
/// Which part of a sample a crop shows, and which way round. Without flip and turns, output pixel x shows the source at
/// (x + 0.5) / scale + left. Parts that lie outside the sample are void.
/// </summary>
/// <param name="Scale">Output pixels a source pixel.</param>
/// <param name="Left">The crop's left edge in source pixels.</param>
/// <param name="Top">The crop's top edge in source pixels.</param>
/// <param name="Flip">Whether left and right change places, before the turns.</param>
/// <param name="Turns">Clockwise quarter turns, 0 to 3.</param>
internal readonly record struct CropWindow(double Scale, double Left, double Top, bool Flip, int Turns = 0)
{
    /// <summary>Draws scale, place and flip. A crop larger than the scaled sample shows all of it, at a random place.</summary>
    public static CropWindow Draw(Sample sample, int width, int height, AugmentationOptions options, ref SampleRandom random)
    {
        (bool mirrored, int turns) = DrawTurn(options, random.Fork(RandomStream.Turn));
        (width, height) = Upright(turns, width, height);
        double scale = random.Between(options.ScaleMin, options.ScaleMax);
        double left = random.NextDouble() * (sample.Width - width / scale);
        double top = random.NextDouble() * (sample.Height - height / scale);
        return new CropWindow(scale, left, top, random.NextDouble() < options.Flip != mirrored, turns);
    }

    /// <summary>Whether the crop's rows are columns of the sample.</summary>
    public bool SwapsSides => Turns % 2 != 0;

    /// <summary>The same scale, flip and turns, with a source pixel at the centre as far as the crop stays on the sample.</summary>
    public CropWindow Around((int X, int Y) pixel, Sample sample, int width, int height)
    {
        (width, height) = Upright(Turns, width, height);
        return this with
        {
            Left = Place(pixel.X, sample.Width, width / Scale, Left),
            Top = Place(pixel.Y, sample.Height, height / Scale, Top),
        };
    }

    /// <summary>The source position, in sample pixels, of a position in the crop.</summary>
    /// <param name="x">From the crop's left edge, in crop pixels.</param>
    /// <param name="y">From the crop's top edge, in crop pixels.</param>
    /// <param name="width">The crop's width.</param>
    /// <param name="height">The crop's height.</param>
    public (double X, double Y) Source(double x, double y, double width, double height)
    {
        (x, y) = Unturn(x, y, width, height);
        return (x / Scale + Left, y / Scale + Top);
    }

    /// <summary>A position of something that has the crop's flip and turns, before them.</summary>
    /// <inheritdoc cref="Source"/>
    public (double X, double Y) Unturn(double x, double y, double width, double height)
    {
        (x, y) = Turns switch
        {
            1 => (y, width - x),
            2 => (width - x, height - y),
            3 => (height - y, x),
            _ => (x, y),
        };
        return (Flip ? (SwapsSides ? height : width) - x : x, y);
    }

    // Upside down is a half turn of the mirror image.
    private static (bool Mirrored, int Turns) DrawTurn(AugmentationOptions options, SampleRandom random)
    {
        bool upsideDown = random.NextDouble() < options.VerticalFlip;
        int turns = random.NextDouble() < options.Rotate90 ? 1 + random.Below(3) : 0;
        return (upsideDown, (turns + (upsideDown ? 2 : 0)) % 4);
    }

    private static (int Width, int Height) Upright(int turns, int width, int height) => turns % 2 == 0 ? (width, height) : (height, width);

    // A crop that shows a whole side anyway keeps its random place.
    private static double Place(int pixel, int size, double shown, double otherwise) =>
        shown >= size ? otherwise : Math.Clamp(pixel + 0.5 - shown / 2, 0, size - shown);
}
