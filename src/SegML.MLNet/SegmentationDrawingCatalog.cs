using SegML.Drawing;
using SegML.Images;
using SegML.MLNet;

namespace Microsoft.ML;

/// <summary>Pictures of segmentations.</summary>
public static class SegmentationDrawingCatalog
{
    /// <summary>
    /// Draws each mask over its image in the class colours: a new image, which belongs to the caller who reads the column. The image in
    /// the input column is neither changed nor disposed.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">The column to add: MLImage, of the image's size.</param>
    /// <param name="imageColumnName">The column of images: MLImage, or text (paths of image files).</param>
    /// <param name="maskColumnName">The column of masks, of the images' sizes.</param>
    /// <param name="options">Opacity, outline, legend; null: the defaults.</param>
    /// <remarks>A row whose mask is not of its image's size throws <see cref="SegML.MaskFormatException"/> when it is read.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The opacity is not 0 to 1.</exception>
    public static DrawSegmentationEstimator DrawSegmentation(this TransformsCatalog catalog, string outputColumnName,
        string imageColumnName = "Image", string maskColumnName = "PredictedMask", OverlayOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(outputColumnName);
        ArgumentException.ThrowIfNullOrEmpty(imageColumnName);
        ArgumentException.ThrowIfNullOrEmpty(maskColumnName);
        options ??= new OverlayOptions();
        if (options.Opacity is not (>= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.Opacity, "the opacity is 0 to 1");
        }
        return new DrawSegmentationEstimator(new DrawSegmentationTransformer(new(outputColumnName, imageColumnName, maskColumnName, options)));
    }
}
