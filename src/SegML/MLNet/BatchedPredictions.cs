using Microsoft.ML;
using Microsoft.ML.Data;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Scoring;

namespace SegML.MLNet;

/// <summary>
/// The predictions of a cursor that reads rows ahead: the images of all rows that it holds go through the network together.
/// Probabilities are computed row by row, because those of many images at once would fill the memory.
/// </summary>
internal sealed class BatchedPredictions : RowPredictions
{
    private readonly LookAheadCursor _cursor;
    private readonly WantedColumns _wanted;
    private readonly Func<int, InputOptions, NetworkImage> _prepare;
    private readonly Queue<SegmentationMask> _masks = new();
    private long _next;

    /// <inheritdoc cref="RowPredictions(SharedSegmenter, DataViewRow, DataViewSchema.Column, WantedColumns)"/>
    public BatchedPredictions(SharedSegmenter segmenter, LookAheadCursor cursor, DataViewSchema.Column input, WantedColumns wanted)
        : base(segmenter, cursor, input, wanted)
    {
        _cursor = cursor;
        _wanted = wanted;
        _prepare = input.Type switch
        {
            TextDataViewType => FromPath(cursor.Ahead<ReadOnlyMemory<char>>(input)),
            VectorDataViewType => FromBytes(cursor.Ahead<VBuffer<byte>>(input), cursor),
            _ => FromImage(cursor.Ahead<MLImage>(input), cursor, input),
        };
    }

    private protected override RowPrediction Predict()
    {
        if (_wanted.Scores)
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
        return new RowPrediction(_masks.Dequeue(), null, _wanted);
    }

    private void PredictAhead()
    {
        using SharedSegmenter.Lease lease = Segmenter.Rent();
        InputOptions input = lease.Segmenter.Info.Input;
        var images = new List<NetworkImage>(_cursor.RowsAhead);
        try
        {
            images.Add(_prepare(0, input));
            while (images.Count < _cursor.RowsAhead && TryPrepare(images.Count, input) is { } image)
            {
                images.Add(image);
            }
            foreach (SegmentationMask mask in lease.Segmenter.PredictPrepared(images))
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
    private NetworkImage? TryPrepare(int ahead, InputOptions input)
    {
        try
        {
            return _prepare(ahead, input);
        }
        catch (SegMLException)
        {
            return null;
        }
    }

    private static Func<int, InputOptions, NetworkImage> FromPath(LookAheadCursor.Value<ReadOnlyMemory<char>> ahead) =>
        (i, input) => NetworkImage.Read(ahead(i).ToString(), input);

    private static Func<int, InputOptions, NetworkImage> FromBytes(LookAheadCursor.Value<VBuffer<byte>> ahead, LookAheadCursor cursor) => (i, input) =>
    {
        ref readonly VBuffer<byte> encoded = ref ahead(i);
        ReadOnlySpan<byte> bytes = encoded.IsDense ? encoded.GetValues() : [.. encoded.DenseValues()];
        return NetworkImage.Decode(bytes, $"row {cursor.Position + i}", input);
    };

    private static Func<int, InputOptions, NetworkImage> FromImage(LookAheadCursor.Value<MLImage> ahead, LookAheadCursor cursor, DataViewSchema.Column column) =>
        (i, input) => NetworkImage.Take(MLImagePixels.ToRgba(ahead(i) ?? throw RowValues.NoImage(cursor.Position + i, column)), input);
}
