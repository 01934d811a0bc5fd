using SegML.Colors;
using SegML.MLNet;

namespace Microsoft.ML;

/// <summary>Transforms between colour spaces.</summary>
public static class ColorTransformsCatalog
{
    /// <summary>
    /// Converts images to a colour space: a dense vector of float laid out [C, H, W], a plane a channel, in the units that
    /// <see cref="ColorChannel.Of"/> lists.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">The column of images (MLImage), which the new column of the same name replaces.</param>
    /// <param name="to">The colour space.</param>
    /// <remarks>
    /// <para>
    /// Where the column's type has one size for all its images (after ResizeImages, or an [ImageType] property), the vector's type is [C, H, W] with
    /// those numbers. Where images differ in size, so do the vectors, and a second column, "NAME.Size", has each image's height and width.
    /// </para>
    /// <para>
    /// The column's annotation "ColorSpace" names the space. ImageSegmentation trains on such a column, and ApplySegmentationModel scores it, exactly
    /// as they would the images with that space in the trainer's options, which is faster.
    /// </para>
    /// <para>Images are neither changed nor disposed; alpha is not looked at. ML.NET premultiplies transparent images when it loads them.</para>
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">No such space.</exception>
    public static ConvertColorEstimator ConvertColor(this TransformsCatalog catalog, string outputColumnName, ColorSpace to) =>
        catalog.ConvertColor(outputColumnName, outputColumnName, to);

    /// <inheritdoc cref="ConvertColor(TransformsCatalog, string, ColorSpace)"/>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">The column to add.</param>
    /// <param name="inputColumnName">The column of images: MLImage.</param>
    /// <param name="to">The colour space.</param>
    /// <param name="conversion">
    /// A conversion of your own in place of SegML's; null: SegML's. A saved pipeline does not keep it: once loaded, it converts with SegML's. To keep
    /// ImageSharp's, use ConvertColorWithImageSharp of SegML.ImageSharp.
    /// </param>
    public static ConvertColorEstimator ConvertColor(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, ColorSpace to, ColorConversion? conversion = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(outputColumnName);
        ArgumentException.ThrowIfNullOrEmpty(inputColumnName);
        _ = ColorChannel.Of(to);
        return new ConvertColorEstimator(new ConvertColorTransformer(outputColumnName, inputColumnName, to, conversion));
    }
}
