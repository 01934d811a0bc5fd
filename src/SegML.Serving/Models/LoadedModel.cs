using SegML.Images;
using SegML.Masks;
using SegML.Scoring;

namespace SegML.Serving.Models;

/// <summary>A model that was loaded from a version of its file: ONNX, or a saved ML.NET pipeline. Thread-safe.</summary>
internal abstract class LoadedModel
{
    private readonly Lifetime _lifetime;

    protected LoadedModel() => _lifetime = new Lifetime(nameof(LoadedModel), Free);

    /// <summary>What the model says of itself; null: a pipeline, which does not say.</summary>
    public abstract ModelInfo? Info { get; }

    /// <summary>The classes of its masks.</summary>
    public abstract ClassSet Classes { get; }

    /// <summary>Loads a file, and scores a small picture with it: what is loaded has worked once.</summary>
    /// <exception cref="SegMLException">It cannot be loaded, or does not score.</exception>
    public static LoadedModel Load(string path, SegmenterOptions options)
    {
        using var picture = new RgbaImage(64, 48);
        picture.Pixels.Fill(128);
        return Path.GetExtension(path).Equals(".zip", StringComparison.OrdinalIgnoreCase)
            ? PipelineModel.Load(path, ImageFile.EncodePng(picture))
            : OnnxModel.Load(path, options, picture);
    }

    /// <summary>Keeps it until the use is disposed.</summary>
    /// <exception cref="ObjectDisposedException">It was replaced.</exception>
    public Lifetime.Use Enter() => _lifetime.Enter();

    /// <summary>Frees it when the last use is over.</summary>
    public void End() => _lifetime.End();

    /// <summary>Scores an image of at most so many pixels a side; the network runs once.</summary>
    /// <param name="encoded">The content of an image file.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="maxSide">A larger image is scored as a smaller one; null: at its own size.</param>
    /// <param name="probabilities">Whether they are wanted beside the mask.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="SegMLException">The image cannot be read, or not be scored.</exception>
    public abstract (SegmentationMask Mask, SegmentationScores? Scores) Score(
        ReadOnlyMemory<byte> encoded, string name, int? maxSide, bool probabilities, CancellationToken cancellation);

    protected abstract void Free();
}
