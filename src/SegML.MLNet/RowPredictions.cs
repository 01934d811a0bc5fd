using Microsoft.ML;
using Microsoft.ML.Data;
using SegML.Images;
using SegML.Scoring;

namespace SegML.MLNet;

/// <summary>
/// The predictions of one row or cursor. Whichever columns are asked for, the network runs once for each position.
/// </summary>
internal class RowPredictions
{
    private readonly SharedSegmenter _segmenter;
    private readonly DataViewRow _row;
    private readonly WantedColumns _wanted;
    private readonly Score _score;
    private long? _position;
    private RowPrediction? _current;

    private delegate ScoredImage Score(ImageScoring scoring, ScoringOutputs outputs);

    /// <param name="segmenter">What scores.</param>
    /// <param name="row">The row that images are read from.</param>
    /// <param name="input">The column of images, paths, encoded images or planes.</param>
    /// <param name="wanted">What will be asked for.</param>
    public RowPredictions(SharedSegmenter segmenter, DataViewRow row, DataViewSchema.Column input, WantedColumns wanted)
    {
        _segmenter = segmenter;
        _row = row;
        _wanted = wanted;
        _score = input.Type switch
        {
            TextDataViewType => FromPath(row.GetGetter<ReadOnlyMemory<char>>(input)),
            _ when PlanesColumn.IsPlanes(input.Type) => FromPlanes(PlanesColumn.Reader(row, input)),
            VectorDataViewType => FromBytes(row.GetGetter<VBuffer<byte>>(input), row),
            _ => FromImage(RowValues.Images(row, input)),
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

    private protected WantedColumns Wanted => _wanted;

    private protected virtual RowPrediction Predict()
    {
        using SharedSegmenter.Lease lease = _segmenter.Rent();
        ScoredImage scored = _score(lease.Segmenter.Scoring, ScoringOutputs.Mask | (_wanted.Scores ? ScoringOutputs.Scores : 0));
        return new RowPrediction(scored.Mask!, scored.Scores, _wanted);
    }

    private static Score FromPath(ValueGetter<ReadOnlyMemory<char>> getter)
    {
        ReadOnlyMemory<char> path = default;
        return (scoring, outputs) =>
        {
            getter(ref path);
            return scoring.Score(new FileSource(path.ToString()), outputs);
        };
    }

    private static Score FromBytes(ValueGetter<VBuffer<byte>> getter, DataViewRow row)
    {
        VBuffer<byte> encoded = default;
        return (scoring, outputs) =>
        {
            getter(ref encoded);
            ReadOnlySpan<byte> bytes = encoded.IsDense ? encoded.GetValues() : [.. encoded.DenseValues()];
            return scoring.Score(new EncodedSource(bytes, $"row {row.Position}"), outputs);
        };
    }

    private static Score FromImage(Func<MLImage> getImage) =>
        (scoring, outputs) => scoring.Score(new MLImageSource(getImage()), outputs);

    private static Score FromPlanes(Func<RgbaImage> getImage) => (scoring, outputs) =>
    {
        using RgbaImage image = getImage();
        return scoring.Score(new PixelSource(image), outputs);
    };
}
