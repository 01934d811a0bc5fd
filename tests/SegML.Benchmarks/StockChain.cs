using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Microsoft.ML.Transforms.Onnx;
using SegML.Pipelines;

namespace SegML.Benchmarks;

/// <summary>
/// What an application does with stock ML.NET: LoadImages, ResizeImages, ExtractPixels, ApplyOnnxModel, and its own argmax
/// over the logits. Through a prediction engine: a cursor would work on later rows in other threads meanwhile, and no
/// time would be its own. ExtractPixels has one offset and one scale for all channels; it gets the means of the model's.
/// Masks are enlarged to the nearest pixel, which is less work than SegML's bilinear logits.
/// </summary>
internal sealed class StockChain : Contender
{
    private readonly IReadOnlyList<string> _files;
    private readonly PredictionEngine<Row, Prediction> _engine;
    private readonly int _classes, _width, _height, _imageWidth, _imageHeight;
    private readonly byte[] _small, _mask;

    public StockChain(
        IReadOnlyList<string> files, (int Width, int Height) imageSize, string modelPath, InputOptions input, int[] logitsShape, int threads)
        : base("stock ML.NET chain")
    {
        _files = files;
        (_imageWidth, _imageHeight) = imageSize;
        (int width, int height) = input.SizeFor(_imageWidth, _imageHeight);
        (_classes, _height, _width) = (logitsShape[1], logitsShape[2], logitsShape[3]);
        _small = new byte[_height * _width];
        _mask = new byte[_imageHeight * _imageWidth];
        var ml = new MLContext(seed: 1);
        IDataView data = ml.Data.LoadFromEnumerable(files.Select(f => new Row { ImagePath = f }).ToArray());
        var chain = ml.Transforms.LoadImages("image", imageFolder: null, "ImagePath")
            .Append(ml.Transforms.ResizeImages("image", width, height, "image", ImageResizingEstimator.ResizingKind.Fill))
            .Append(ml.Transforms.ExtractPixels("image", offsetImage: 255 * input.Mean.Average(), scaleImage: 1 / (255 * input.Std.Average())))
            .Append(ml.Transforms.ApplyOnnxModel(new OnnxOptions
            {
                ModelFile = modelPath,
                InputColumns = ["image"],
                OutputColumns = ["logits"],
                ShapeDictionary = new Dictionary<string, int[]> { ["image"] = [1, 3, height, width], ["logits"] = logitsShape },
                IntraOpNumThreads = threads,
            }));
        _engine = ml.Model.CreatePredictionEngine<Row, Prediction>(chain.Fit(data));
    }

    public override ReadOnlySpan<byte> Score(int file)
    {
        float[] logits = _engine.Predict(new Row { ImagePath = _files[file] }).Logits;
        for (int i = 0; i < _small.Length; i++)
        {
            int best = 0;
            float greatest = logits[i];
            for (int c = 1; c < _classes; c++)
            {
                float value = logits[c * _small.Length + i];
                if (value > greatest)
                {
                    (greatest, best) = (value, c);
                }
            }
            _small[i] = (byte)best;
        }
        if (_small.Length == _mask.Length)
        {
            return _small;
        }
        NearestMask.Enlarge(_small, _width, _height, _mask, _imageWidth, _imageHeight);
        return _mask;
    }

    public override void Dispose() => _engine.Dispose();

    private sealed class Row
    {
        public string ImagePath { get; set; } = "";
    }

    private sealed class Prediction
    {
        [ColumnName("logits")]
        public float[] Logits { get; set; } = [];
    }
}
