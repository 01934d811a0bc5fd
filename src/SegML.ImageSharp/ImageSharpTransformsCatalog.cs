using SegML.Colors;
using SegML.ImageSharp;

namespace Microsoft.ML;

/// <summary>Transforms by ImageSharp.</summary>
public static class ImageSharpTransformsCatalog
{
    /// <summary>
    /// Converts images to a colour space with ImageSharp: a vector of float laid out [C, H, W] in the units that <see cref="ColorChannel.Of"/> lists,
    /// within 2e-3 of what <c>ConvertColor</c> gives, at a twentieth of its speed or less. Saved with the pipeline; an app that loads it references
    /// SegML.ImageSharp and registers nothing.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">The column to add. Where images differ in size, "NAME.Size" beside it has each one's height and width.</param>
    /// <param name="inputColumnName">The column of images (MLImage); null: <paramref name="outputColumnName"/>, which the new column replaces.</param>
    /// <param name="to">One of <see cref="ImageSharpColor.Spaces"/>.</param>
    /// <exception cref="ArgumentException">ImageSharp does not have the space.</exception>
    public static ConvertColorWithImageSharpEstimator ConvertColorWithImageSharp(
        this TransformsCatalog catalog, string outputColumnName, string? inputColumnName = null, ColorSpace to = ColorSpace.Lab)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(outputColumnName);
        if (!ImageSharpColor.Spaces.Contains(to))
        {
            throw new ArgumentException($"ImageSharp has no {to}; it has {string.Join(", ", ImageSharpColor.Spaces)}", nameof(to));
        }
        return new ConvertColorWithImageSharpEstimator(new ConvertColorWithImageSharpTransformer(outputColumnName, inputColumnName ?? outputColumnName, to));
    }

    /// <summary>
    /// Loads images of any size as ML.NET's MLImage, 8 bits a channel: TIFF, TGA and PBM through ImageSharp, and all other formats by SegML's own decoder,
    /// with the same limits and errors. 16 and 32 bits are brought to 8; a trainer or model that is to see them reads the column of paths itself.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">The column of images to add.</param>
    /// <param name="inputColumnName">The column of paths (text) or of files' content (byte vectors).</param>
    public static LoadImagesWithImageSharpEstimator LoadImagesWithImageSharp(this TransformsCatalog catalog, string outputColumnName, string inputColumnName)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(outputColumnName);
        ArgumentException.ThrowIfNullOrEmpty(inputColumnName);
        return new LoadImagesWithImageSharpEstimator(new LoadImagesWithImageSharpTransformer(outputColumnName, inputColumnName));
    }
}
