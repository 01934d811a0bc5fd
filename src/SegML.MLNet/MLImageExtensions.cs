using Microsoft.ML.Data;
using SegML.Drawing;
using SegML.Images;
using SegML.Masks;
using SegML.Scoring;

namespace SegML.MLNet;

/// <summary>Scores ML.NET's images without a pipeline, and turns masks into them.</summary>
public static class MLImageExtensions
{
    /// <summary>Scores an ML.NET image of any size, which is neither changed nor disposed.</summary>
    /// <param name="segmenter">The model.</param>
    /// <param name="image">The image.</param>
    /// <inheritdoc cref="Segmenter.Predict(RasterImage, CancellationToken)" path="/returns"/>
    /// <inheritdoc cref="Segmenter.Predict(RasterImage, CancellationToken)" path="/exception"/>
    public static SegmentationMask Predict(this Segmenter segmenter, MLImage image)
    {
        ArgumentNullException.ThrowIfNull(segmenter);
        return segmenter.Scoring.Score(new MLImageSource(image), ScoringOutputs.Mask).Mask!;
    }

    /// <summary>Scores an ML.NET image of any size, which is neither changed nor disposed, and keeps the probability of every class at every pixel.</summary>
    /// <param name="segmenter">The model.</param>
    /// <param name="image">The image.</param>
    /// <inheritdoc cref="Segmenter.Score(RasterImage, CancellationToken)" path="/returns"/>
    /// <inheritdoc cref="Segmenter.Score(RasterImage, CancellationToken)" path="/exception"/>
    public static SegmentationScores Score(this Segmenter segmenter, MLImage image)
    {
        ArgumentNullException.ThrowIfNull(segmenter);
        return segmenter.Scoring.Score(new MLImageSource(image), ScoringOutputs.Scores).Scores!;
    }

    /// <summary>The mask in its class colours, as ML.NET's image.</summary>
    /// <returns>An opaque image of the mask's size. The caller disposes it.</returns>
    public static MLImage ToMLImage(this SegmentationMask mask)
    {
        using RgbaImage image = mask.ToImage();
        return MLImagePixels.FromRgba(image);
    }

    /// <summary>Draws the mask over ML.NET's image, which is neither changed nor disposed.</summary>
    /// <returns>A new image. The caller disposes it.</returns>
    /// <inheritdoc cref="Overlay.Draw"/>
    public static MLImage DrawOver(this SegmentationMask mask, MLImage image, OverlayOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(image);
        using RgbaImage copy = MLImagePixels.ToRgba(image);
        using RgbaImage overlay = Overlay.Draw(copy, mask, options);
        return MLImagePixels.FromRgba(overlay);
    }
}
