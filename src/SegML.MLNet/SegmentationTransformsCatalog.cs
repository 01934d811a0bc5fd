using Microsoft.ML.Runtime;
using SegML;
using SegML.Annotations;
using SegML.Masks;
using SegML.MLNet;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Scoring.Adoption;

namespace Microsoft.ML;

/// <summary>Transforms for semantic segmentation.</summary>
public static class SegmentationTransformsCatalog
{
    /// <summary>
    /// Reads masks from paths and translates the files' values into class ids, or draws them from annotation files (JSON, XML, text, CSV; of
    /// a file of many images: the file, # and the image's name in it). The column's SlotNames annotation holds the class names.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">The column to add: <see cref="SegmentationMask"/>.</param>
    /// <param name="inputColumnName">The column of paths: text.</param>
    /// <param name="classes">The classes, and what stands for them in the files.</param>
    /// <param name="annotations">How masks are drawn from annotations. Null: by the defaults.</param>
    /// <remarks>
    /// A file that cannot be read throws <see cref="MaskFormatException"/> or <see cref="AnnotationFormatException"/> when its row is read.
    /// </remarks>
    public static LoadMasksEstimator LoadMasks(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, ClassSet classes, AnnotationOptions? annotations = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(outputColumnName);
        ArgumentException.ThrowIfNullOrEmpty(inputColumnName);
        ArgumentNullException.ThrowIfNull(classes);
        return new LoadMasksEstimator(new LoadMasksTransformer(outputColumnName, inputColumnName, classes, annotations));
    }

    /// <inheritdoc cref="LoadMasks(TransformsCatalog, string, string, ClassSet, AnnotationOptions?)"/>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">The column to add: <see cref="SegmentationMask"/>.</param>
    /// <param name="inputColumnName">The column of paths: text.</param>
    /// <param name="pipeline">The pipeline whose classes, and whose choices for annotations, to use.</param>
    public static LoadMasksEstimator LoadMasks(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, Pipeline pipeline)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        return catalog.LoadMasks(outputColumnName, inputColumnName, pipeline.Classes, pipeline.Data.Drawing());
    }

    /// <summary>
    /// Scores images with a model that SegML exported. Preprocessing is the model's own, read from its metadata, so images
    /// come as they are, at any size; each mask has its image's size. The column's SlotNames annotation holds the class names.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">The column to add: <see cref="SegmentationMask"/>.</param>
    /// <param name="inputColumnName">
    /// The column of images: MLImage, text (paths of image files), a byte vector (the content of image files), or planes (ConvertColor). Paths and
    /// bytes go through SegML's own decoder, which refuses truncated files and applies EXIF orientation; LoadImages does neither.
    /// </param>
    /// <param name="modelFile">The ONNX file. Its content becomes part of the transformer and is saved with it.</param>
    /// <param name="options">
    /// How images are scored: device, threads, batch size, tiles, further views. Null: the defaults. Unless they name a device, it is that of
    /// MLContext.GpuDeviceId and FallbackToCpu, which is the CPU unless set. All but the device is saved.
    /// </param>
    /// <exception cref="ModelFormatException">The file is missing, damaged, or not a model that SegML exported.</exception>
    /// <exception cref="DeviceException">CUDA was asked for and cannot be had.</exception>
    public static ApplySegmentationModelEstimator ApplySegmentationModel(this TransformsCatalog catalog, string outputColumnName,
        string inputColumnName, string modelFile, SegmenterOptions? options = null) =>
        catalog.ApplySegmentationModel(new ApplySegmentationModelEstimator.Options
        {
            OutputColumnName = outputColumnName,
            InputColumnName = inputColumnName,
            ModelFile = modelFile,
            Segmenter = options,
        });

    /// <summary>
    /// Scores images with a segmentation model that another tool exported: each gets a mask of its own size. What is saved is the model as SegML adopted it.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">The column to add: <see cref="SegmentationMask"/>.</param>
    /// <param name="inputColumnName">The column of images: MLImage, text (paths), or a byte vector (encoded images).</param>
    /// <param name="modelFile">The ONNX file.</param>
    /// <param name="description">What the file does not say: how an image becomes its input, what its output means, its classes.</param>
    /// <param name="options">How images are scored. Null: the defaults.</param>
    /// <exception cref="ModelFormatException">The file is missing, is no model, or contradicts the description.</exception>
    /// <exception cref="DeviceException">CUDA was asked for and cannot be had.</exception>
    public static ApplySegmentationModelEstimator ApplySegmentationModel(this TransformsCatalog catalog, string outputColumnName,
        string inputColumnName, string modelFile, ModelDescription description, SegmenterOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(description);
        return catalog.ApplySegmentationModel(new ApplySegmentationModelEstimator.Options
        {
            OutputColumnName = outputColumnName,
            InputColumnName = inputColumnName,
            ModelFile = modelFile,
            Description = description,
            Segmenter = options,
        });
    }

    /// <summary>
    /// Scores images with a model that SegML exported, into masks and, where their columns are named, probabilities and area shares.
    /// Only what is asked for is computed, and the network runs once for a row.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">Columns, model, and how images are scored.</param>
    /// <exception cref="ModelFormatException">The file is missing, damaged, or not a model that SegML exported.</exception>
    /// <exception cref="DeviceException">CUDA was asked for and cannot be had.</exception>
    public static ApplySegmentationModelEstimator ApplySegmentationModel(
        this TransformsCatalog catalog, ApplySegmentationModelEstimator.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(options.OutputColumnName);
        ArgumentException.ThrowIfNullOrEmpty(options.InputColumnName);
        ArgumentException.ThrowIfNullOrEmpty(options.ModelFile);
        string[] added = [.. new[] { options.OutputColumnName, options.ScoreColumnName, options.SharesColumnName }.OfType<string>()];
        if (added.Contains("") || added.Distinct().Count() < added.Length)
        {
            throw new ArgumentException($"the added columns {string.Join(", ", added)} need names of their own", nameof(options));
        }
        IHostEnvironment environment = MLNetInternals.EnvironmentOf(catalog);
        var settings = new ApplySegmentationModelTransformer.Settings(options.OutputColumnName, options.InputColumnName, options.ModelFile,
            EnvironmentDevice.Set(options.Segmenter ?? new SegmenterOptions(), environment),
            options.ScoreColumnName, options.SharesColumnName);
        return new ApplySegmentationModelEstimator(
            new ApplySegmentationModelTransformer(environment, settings, options.Description is { } description
                ? ModelAdoption.Adopt(options.ModelFile, description).Model : SessionFactory.ReadFile(options.ModelFile)));
    }

    /// <summary>
    /// Turns each mask into planes of 0 and 1, one a class: a dense vector laid out [classes, H, W]. The plane is the class's id;
    /// pixels with the ignore index are 0 in every plane. For soft targets and for trainers that want vectors.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">
    /// The column to add: a vector of float, of a size that follows each mask's. Where the column of masks has one size
    /// (<see cref="SegmentationMaskTypeAttribute"/>), so has the vector, and stock trainers take it.
    /// </param>
    /// <param name="inputColumnName">The column of masks.</param>
    /// <param name="classes">The classes of the masks.</param>
    /// <remarks>A mask of other classes throws <see cref="MaskFormatException"/> when its row is read.</remarks>
    public static OneHotEncodeMaskEstimator OneHotEncodeMask(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, ClassSet classes)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(outputColumnName);
        ArgumentException.ThrowIfNullOrEmpty(inputColumnName);
        ArgumentNullException.ThrowIfNull(classes);
        return new OneHotEncodeMaskEstimator(new OneHotEncodeMaskTransformer(outputColumnName, inputColumnName, classes));
    }

    /// <summary>
    /// The inverse of <see cref="OneHotEncodeMask"/>, and of any vector laid out [classes, H, W] such as the scores of
    /// <c>ApplySegmentationModel</c>: each pixel gets the class with the greatest value, the first of equals. A pixel whose every
    /// value is 0 gets the ignore index. The column's SlotNames annotation holds the class names.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">The column to add: <see cref="SegmentationMask"/>.</param>
    /// <param name="inputColumnName">The column of planes: a vector of float.</param>
    /// <param name="classes">The classes: a plane each, in the order of their ids.</param>
    /// <param name="sizeColumnName">
    /// A column of masks or MLImages that have the height and width of the planes, which the vector itself does not tell: what was
    /// encoded, PredictedMask, or the image.
    /// </param>
    /// <remarks>A vector of another length than classes * H * W throws <see cref="MaskFormatException"/> when its row is read.</remarks>
    public static OneHotDecodeMaskEstimator OneHotDecodeMask(this TransformsCatalog catalog, string outputColumnName,
        string inputColumnName, ClassSet classes, string sizeColumnName)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(outputColumnName);
        ArgumentException.ThrowIfNullOrEmpty(inputColumnName);
        ArgumentNullException.ThrowIfNull(classes);
        ArgumentException.ThrowIfNullOrEmpty(sizeColumnName);
        return new OneHotDecodeMaskEstimator(
            new OneHotDecodeMaskTransformer(outputColumnName, inputColumnName, classes, sizeColumnName));
    }

    /// <inheritdoc cref="OneHotDecodeMask(TransformsCatalog, string, string, ClassSet, string)"/>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">The column to add: <see cref="SegmentationMask"/>.</param>
    /// <param name="inputColumnName">The column of planes: a vector of float.</param>
    /// <param name="classes">The classes: a plane each, in the order of their ids.</param>
    /// <param name="height">The height of all masks in pixels, at least 1.</param>
    /// <param name="width">The width of all masks in pixels, at least 1.</param>
    public static OneHotDecodeMaskEstimator OneHotDecodeMask(this TransformsCatalog catalog, string outputColumnName,
        string inputColumnName, ClassSet classes, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(outputColumnName);
        ArgumentException.ThrowIfNullOrEmpty(inputColumnName);
        ArgumentNullException.ThrowIfNull(classes);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        return new OneHotDecodeMaskEstimator(
            new OneHotDecodeMaskTransformer(outputColumnName, inputColumnName, classes, height, width));
    }
}
