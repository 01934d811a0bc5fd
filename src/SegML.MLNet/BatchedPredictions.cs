using Microsoft.ML;
using Microsoft.ML.Data;
using SegML.Masks;
using SegML.Scoring;

namespace SegML.MLNet;

/// <summary>
/// The predictions of a cursor that reads rows ahead: the images of all rows that it holds go through the network together.
/// Probabilities are computed row by row, because those of many images at once would fill the memory.
/// </summary>
internal sealed class BatchedPredictions : RowPredictions
{
    private readonly LookAheadCursor _cursor;
    private readonly PrepareAhead _prepare;
    private readonly Queue<SegmentationMask> _masks = new();
    private long _next;

    private delegate NetworkImage PrepareAhead(int ahead, ImageScoring scoring);

    /// <inheritdoc cref="RowPredictions(SharedSegmenter, DataViewRow, DataViewSchema.Column, WantedColumns)"/>
    public BatchedPredictions(SharedSegmenter segmenter, LookAheadCursor cursor, DataViewSchema.Column input, WantedColumns wanted)
        : base(segmenter, cursor, input, wanted)
    {
        _cursor = cursor;
        _prepare = input.Type switch
        {
            TextDataViewType => FromPath(cursor.Ahead<ReadOnlyMemory<char>>(input)),
            _ when PlanesColumn.Of(input) is { } planes => FromPlanes(planes, cursor, input),
            VectorDataViewType => FromBytes(cursor.Ahead<VBuffer<byte>>(input), cursor),
            _ => FromImage(cursor.Ahead<MLImage>(input), cursor, input),
        };
    }

    private protected override RowPrediction Predict()
    {
        if (Wanted.Scores)
        {
            return base.Predict();
        }
        // Rows may have been passed over without being asked for.
        for (; _masks.Count > 0 && _next < _cursor.RowsPassed; _next++)
        {
            _masks.Dequeue().Dispose();
        }
        if (_masks.Count == 0)
        {
            PredictAhead();
        }
        _next++;
        return new RowPrediction(_masks.Dequeue(), null, Wanted);
    }

    private void PredictAhead()
    {
        using SharedSegmenter.Lease lease = Segmenter.Rent();
        ImageScoring scoring = lease.Segmenter.Scoring;
        var images = new List<NetworkImage>(_cursor.RowsAhead);
        try
        {
            images.Add(_prepare(0, scoring));
            while (images.Count < _cursor.RowsAhead && TryPrepare(images.Count, scoring) is { } image)
            {
                images.Add(image);
            }
            foreach (SegmentationMask mask in scoring.Predict(images))
            {
                _masks.Enqueue(mask);
            }
            _next = _cursor.RowsPassed;
        }
        finally
        {
            images.ForEach(i => i.Dispose());
        }
    }

    // An image at fault ends the batch before it, and is at fault when its own row comes.
    private NetworkImage? TryPrepare(int ahead, ImageScoring scoring)
    {
        try
        {
            return _prepare(ahead, scoring);
        }
        catch (SegMLException)
        {
            return null;
        }
    }

    private static PrepareAhead FromPath(LookAheadCursor.Value<ReadOnlyMemory<char>> ahead) =>
        (i, scoring) => scoring.Prepare(new FileSource(ahead(i).ToString()));

    private static PrepareAhead FromBytes(LookAheadCursor.Value<VBuffer<byte>> ahead, LookAheadCursor cursor) => (i, scoring) =>
    {
        ref readonly VBuffer<byte> encoded = ref ahead(i);
        ReadOnlySpan<byte> bytes = encoded.IsDense ? encoded.GetValues() : [.. encoded.DenseValues()];
        return scoring.Prepare(new EncodedSource(bytes, $"row {cursor.Position + i}"));
    };

    private static PrepareAhead FromImage(LookAheadCursor.Value<MLImage> ahead, LookAheadCursor cursor, DataViewSchema.Column column) =>
        (i, scoring) => scoring.Prepare(new MLImageSource(ahead(i) ?? throw RowValues.NoImage(cursor.Position + i, column)));

    private static PrepareAhead FromPlanes(PlanesColumn planes, LookAheadCursor cursor, DataViewSchema.Column column)
    {
        LookAheadCursor.Value<VBuffer<float>> values = cursor.Ahead<VBuffer<float>>(column);
        LookAheadCursor.Value<VBuffer<int>>? sizes = PlanesColumn.SizeOf(cursor.Schema, column.Name) is { } size
            ? cursor.Ahead<VBuffer<int>>(size.In(cursor.Schema, ApplySegmentationModelTransformer.Kind)) : null;
        return (i, scoring) => NetworkImage.Take(planes.ToImage(values(i), sizes is null ? default : sizes(i), $"row {cursor.Position + i}"), scoring.Info.Input);
    }
}
