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
}
