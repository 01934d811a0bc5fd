using SegML.Pipelines;

namespace SegML.Training.Data;

/// <summary>
/// Which part of a sample a crop shows: output pixel x shows the source at (x + 0.5) / scale + left, flipped or not. Parts
/// that lie outside the sample are void.
/// </summary>
/// <param name="Scale">Output pixels a source pixel.</param>
/// <param name="Left">The crop's left edge in source pixels.</param>
/// <param name="Top">The crop's top edge in source pixels.</param>
/// <param name="Flip">Whether left and right change places.</param>
internal readonly record struct CropWindow(double Scale, double Left, double Top, bool Flip)
{
    /// <summary>Draws scale, place and flip. A crop larger than the scaled sample shows all of it, at a random place.</summary>
    public static CropWindow Draw(Sample sample, int width, int height, AugmentationOptions options, ref SampleRandom random)
    {
        double scale = random.Between(options.ScaleMin, options.ScaleMax);
        double left = random.NextDouble() * (sample.Width - width / scale);
        double top = random.NextDouble() * (sample.Height - height / scale);
        return new CropWindow(scale, left, top, random.NextDouble() < options.Flip);
    }

    /// <summary>The same scale and flip, with a source pixel at the centre as far as the crop stays on the sample.</summary>
    public CropWindow Around((int X, int Y) pixel, Sample sample, int width, int height) => this with
    {
        Left = Place(pixel.X, sample.Width, width / Scale, Left),
        Top = Place(pixel.Y, sample.Height, height / Scale, Top),
    };

    // A crop that shows a whole side anyway keeps its random place.
    private static double Place(int pixel, int size, double shown, double otherwise) =>
        shown >= size ? otherwise : Math.Clamp(pixel + 0.5 - shown / 2, 0, size - shown);
}
