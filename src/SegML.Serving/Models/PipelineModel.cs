using System.Collections.Concurrent;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using SegML.Images;
using SegML.Masks;
using SegML.MLNet;
using SegML.Scoring;

namespace SegML.Serving.Models;

/// <summary>
/// A saved ML.NET pipeline. The column of images and the kind of its values - bytes, images, paths - are found by trying those of the schema that was saved
/// with it; the mask is the last column of masks. A prediction engine belongs to one thread at a time, so they are pooled.
/// </summary>
internal sealed class PipelineModel : LoadedModel
{
    private readonly ITransformer _model;
    private readonly Func<PhotoEngine> _create;
    private readonly ConcurrentBag<PhotoEngine> _engines = [];

    private PipelineModel(ITransformer model, Func<PhotoEngine> create, PhotoEngine tried, ClassSet classes)
    {
        _model = model;
        _create = create;
        _engines.Add(tried);
        Classes = classes;
    }

    public override ModelInfo? Info => null;

    public override ClassSet Classes { get; }

    public static PipelineModel Load(string path, byte[] picture)
    {
        if (!File.Exists(path))
        {
            throw new ModelFormatException(path, "does not exist", "name a saved ML.NET pipeline");
        }
        var ml = new MLContext();
        DataViewSchema schema = null!;
        ITransformer model = Boundary.Model.Cross(path, () => ml.Model.Load(path, out schema));
        foreach (DataViewSchema.Column column in schema.Where(c => !c.IsHidden && MayBeImages(c.Type)))
        {
            foreach (Func<MLContext, ITransformer, string, PhotoEngine?> engine in (Func<MLContext, ITransformer, string, PhotoEngine?>[])
                [BytesEngine.TryCreate, ImageEngine.TryCreate, PathEngine.TryCreate])
            {
                if (Try(() => engine(ml, model, column.Name), picture) is { } found)
                {
                    return new PipelineModel(model, () => engine(ml, model, column.Name)!, found.Engine, found.Classes);
                }
            }
        }
        (model as IDisposable)?.Dispose();
        throw new ModelFormatException(path, $"has no column of images among {string.Join(", ", schema.Where(c => !c.IsHidden).Select(c => c.Name))} that gives a mask alone",
            "save a pipeline that reads an image's path, bytes or MLImage and gives a SegmentationMask");
    }

    public override (SegmentationMask Mask, SegmentationScores? Scores) Score(
        ReadOnlyMemory<byte> encoded, string name, int? maxSide, bool probabilities, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        byte[] image = maxSide is { } side ? Smaller(encoded.Span, name, side) : encoded.ToArray();
        PhotoEngine engine = _engines.TryTake(out PhotoEngine? idle) ? idle : _create();
        try
        {
            return (engine.Predict(image), null);
        }
        finally
        {
            _engines.Add(engine);
        }
    }

    protected override void Free()
    {
        // An engine does not own the transformer that all of them share.
        (_model as IDisposable)?.Dispose();
    }

    private static byte[] Smaller(ReadOnlySpan<byte> encoded, string name, int side)
    {
        using RasterImage image = ReducedPhoto.Read(encoded, name, side, new ImageReadOptions());
        using RgbaImage rgba = image.ToRgba();
        return ImageFile.EncodePng(rgba);
    }

    private static bool MayBeImages(DataViewType type) =>
        type is TextDataViewType or ImageDataViewType || type is VectorDataViewType vector && vector.ItemType == NumberDataViewType.Byte;

    private static (PhotoEngine Engine, ClassSet Classes)? Try(Func<PhotoEngine?> create, byte[] picture)
    {
        try
        {
            if (create() is { } engine)
            {
                using SegmentationMask mask = engine.Predict(picture);
                return (engine, mask.Classes);
            }
        }
#pragma warning disable CA1031 // Anything that a strange pipeline throws says that this column is not the one.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
        return null;
    }

    /// <summary>A prediction engine that takes an encoded image, whatever its column takes.</summary>
    private abstract class PhotoEngine
    {
        public abstract SegmentationMask Predict(byte[] encoded);

        /// <summary>An engine for rows of a type whose property Image stands for a column; null: no mask comes out.</summary>
        protected static PredictionEngine<TRow, MaskRow>? Engine<TRow>(MLContext ml, ITransformer model, string column)
            where TRow : class, new()
        {
            var input = SchemaDefinition.Create(typeof(TRow));
            input["Image"].ColumnName = column;
            DataViewSchema given = model.GetOutputSchema(ml.Data.LoadFromEnumerable(Array.Empty<TRow>(), input).Schema);
            string? mask = given.LastOrDefault(c => !c.IsHidden && c.Type is SegmentationMaskDataViewType).Name;
            if (mask is null)
            {
                return null;
            }
            var output = SchemaDefinition.Create(typeof(MaskRow));
            output[nameof(MaskRow.Mask)].ColumnName = mask;
            return ml.Model.CreatePredictionEngine<TRow, MaskRow>(model, new PredictionEngineOptions
            {
                OwnsTransformer = false,
                InputSchemaDefinition = input,
                OutputSchemaDefinition = output,
            });
        }
    }

    private sealed class BytesEngine(PredictionEngine<BytesRow, MaskRow> engine) : PhotoEngine
    {
        public static PhotoEngine? TryCreate(MLContext ml, ITransformer model, string column) =>
            Engine<BytesRow>(ml, model, column) is { } engine ? new BytesEngine(engine) : null;

        public override SegmentationMask Predict(byte[] encoded) => engine.Predict(new BytesRow { Image = encoded }).Mask!;
    }

    private sealed class ImageEngine(PredictionEngine<ImageRow, MaskRow> engine) : PhotoEngine
    {
        public static PhotoEngine? TryCreate(MLContext ml, ITransformer model, string column) =>
            Engine<ImageRow>(ml, model, column) is { } engine ? new ImageEngine(engine) : null;

        public override SegmentationMask Predict(byte[] encoded)
        {
            using RgbaImage image = ImageFile.Decode(encoded, "the image");
            using MLImage converted = MLImage.CreateFromPixels(image.Width, image.Height, MLPixelFormat.Rgba32, image.Pixels);
            return engine.Predict(new ImageRow { Image = converted }).Mask!;
        }
    }

    private sealed class PathEngine(PredictionEngine<PathRow, MaskRow> engine) : PhotoEngine
    {
        public static PhotoEngine? TryCreate(MLContext ml, ITransformer model, string column) =>
            Engine<PathRow>(ml, model, column) is { } engine ? new PathEngine(engine) : null;

        public override SegmentationMask Predict(byte[] encoded)
        {
            string path = Path.GetTempFileName();
            try
            {
                File.WriteAllBytes(path, encoded);
                return engine.Predict(new PathRow { Image = path }).Mask!;
            }
            finally
            {
                File.Delete(path);
            }
        }
    }

    private sealed class BytesRow
    {
        public byte[] Image { get; set; } = [];
    }

    private sealed class PathRow
    {
        public string Image { get; set; } = "";
    }

    private sealed class ImageRow
    {
        [AnySizeImage]
        public MLImage? Image { get; set; }
    }

    private sealed class MaskRow
    {
        public SegmentationMask? Mask { get; set; }
    }
}
