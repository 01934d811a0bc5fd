using Microsoft.ML;
using Microsoft.ML.Data;
using SegML.Masks;
using SegML.Scoring;

namespace SegML.MLNet;

/// <summary>
/// The predictions of one row or cursor. Whichever columns are asked for, the network runs once for each position.
/// </summary>
internal class RowPredictions
{
    private readonly SharedSegmenter _segmenter;
    private readonly DataViewRow _row;
    private readonly Func<Segmenter, RowPrediction> _predict;
    private long? _position;
    private RowPrediction? _current;

    /// <param name="segmenter">What scores.</param>
    /// <param name="row">The row that images are read from.</param>
    /// <param name="input">The column of images, paths or encoded images.</param>
    /// <param name="wanted">What will be asked for.</param>
    public RowPredictions(SharedSegmenter segmenter, DataViewRow row, DataViewSchema.Column input, WantedColumns wanted)
    {
        _segmenter = segmenter;
        _row = row;
        _predict = input.Type switch
        {
            TextDataViewType => FromPath(row.GetGetter<ReadOnlyMemory<char>>(input), wanted),
            VectorDataViewType => FromBytes(row.GetGetter<VBuffer<byte>>(input), row, wanted),
            _ => FromImage(RowValues.Images(row, input), wanted),
        };
    }

    /// <summary>The prediction for the row as it stands.</summary>
    public RowPrediction Current
    {
        get
        {
            // Prediction engines count positions up as cursors do.
            if (_position != _row.Position)
            {
                _position = null;
                _current?.Dispose();
                _current = Predict();
                _position = _row.Position;
            }
            return _current!;
        }
    }

    private protected SharedSegmenter Segmenter => _segmenter;

    private protected virtual RowPrediction Predict()
    {
        using SharedSegmenter.Lease lease = _segmenter.Rent();
        return _predict(lease.Segmenter);
    }

    private static Func<Segmenter, RowPrediction> FromPath(ValueGetter<ReadOnlyMemory<char>> getter, WantedColumns wanted)
    {
        ReadOnlyMemory<char> path = default;
        return segmenter =>
        {
            getter(ref path);
            SegmentationScores? scores = null;
            SegmentationMask mask = wanted.Scores ? segmenter.Predict(path.ToString(), out scores) : segmenter.Predict(path.ToString());
            return new RowPrediction(mask, scores, wanted);
        };
    }

    private static Func<Segmenter, RowPrediction> FromBytes(ValueGetter<VBuffer<byte>> getter, DataViewRow row, WantedColumns wanted)
    {
        VBuffer<byte> encoded = default;
        return segmenter =>
        {
            getter(ref encoded);
            ReadOnlySpan<byte> bytes = encoded.IsDense ? encoded.GetValues() : [.. encoded.DenseValues()];
            string name = $"row {row.Position}";
            SegmentationScores? scores = null;
            SegmentationMask mask = wanted.Scores ? segmenter.Predict(bytes, name, out scores) : segmenter.Predict(bytes, name);
            return new RowPrediction(mask, scores, wanted);
        };
    }

    private static Func<Segmenter, RowPrediction> FromImage(Func<MLImage> getImage, WantedColumns wanted) => segmenter =>
    {
        MLImage image = getImage();
        SegmentationScores? scores = null;
        SegmentationMask mask = wanted.Scores ? segmenter.Predict(image, out scores) : segmenter.Predict(image);
        return new RowPrediction(mask, scores, wanted);
    };
}
