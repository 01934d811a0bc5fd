using SegML.Scoring;
using SegML.Scoring.Adoption;

namespace SegML.MLNet;

/// <summary>
/// Scores images with an exported model. See <c>ml.Transforms.ApplySegmentationModel</c>. <see cref="RowEstimator{T}.Fit"/> learns
/// nothing and gives the same transformer each time.
/// </summary>
/// <remarks>
/// <list type="table">
/// <item><term>Learns from the data</term><description>No</description></item>
/// <item><term>Input column</term><description>MLImage, text (paths), a vector of Byte (encoded images), or planes of
/// ConvertColor</description></item>
/// <item><term>Output column</term><description>SegmentationMask; where asked for, vectors of Single: scores [classes, H, W] and area
/// shares [classes]</description></item>
/// <item><term>Needs normalisation</term><description>No</description></item>
/// <item><term>Package beside Microsoft.ML</term><description>SegML.MLNet</description></item>
/// <item><term>Exportable to ONNX</term><description>No: it scores an ONNX model already: take that file, or Segmenter.Model of the
/// transformer; <c>segml export --self-contained</c> makes one with pre- and postprocessing inside, for ApplyOnnxModel</description></item>
/// </list>
/// <c>ml.Model.ConvertToOnnx</c> throws <see cref="InvalidOperationException"/> ("Unsupported type") for a pipeline with it.
/// </remarks>
public sealed class ApplySegmentationModelEstimator : RowEstimator<ApplySegmentationModelTransformer>
{
    internal ApplySegmentationModelEstimator(ApplySegmentationModelTransformer transformer)
        : base(transformer)
    {
    }

    /// <summary>What to score, from which column into which. Fields, as ML.NET's options have them.</summary>
    public sealed class Options
    {
        /// <summary>The column of masks to add. Default "PredictedMask".</summary>
        public string OutputColumnName = "PredictedMask";

        /// <summary>
        /// The column of images: MLImage, or text (paths of image files), or a byte vector (the content of image files). Default "Image".
        /// </summary>
        public string InputColumnName = "Image";

        /// <summary>The ONNX file. Its content becomes part of the transformer and is saved with it.</summary>
        public string ModelFile = "";

        /// <summary>
        /// What a model of another tool does not say of itself; what is saved is the adopted model. Null: SegML exported or adopted it. Default null.
        /// </summary>
        public ModelDescription? Description;

        /// <summary>
        /// The column of probabilities to add: a vector of float, [classes, H, W] at the image's own size. Default null: none.
        /// </summary>
        public string? ScoreColumnName;

        /// <summary>
        /// The column of area shares to add: a vector of one float a class, 0 to 1, with the class names as slot names, to be
        /// concatenated into another trainer's features. Default null: none.
        /// </summary>
        public string? SharesColumnName;

        /// <summary>
        /// How images are scored: device, threads, batch size, tiles, further views. Null: the defaults. Unless they name a device, it is that of MLContext.GpuDeviceId
        /// and FallbackToCpu, which is the CPU unless set. With a batch size above 1 a cursor reads this many rows ahead and runs their images through the network together,
        /// unless probabilities are asked for; the rows' other columns are kept meanwhile. A PredictionEngine has no rows to read ahead.
        /// </summary>
        public SegmenterOptions? Segmenter;
    }
}
