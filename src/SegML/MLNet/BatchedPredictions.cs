using Microsoft.ML;
using Microsoft.ML.Data;
using SegML.Images;
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
    private readonly WantedColumns _wanted;
    private readonly Func<int, RgbaImage> _decode;
    private readonly Queue<SegmentationMask> _masks = new();
    private long _next;

    /// <inheritdoc cref="RowPredictions(SharedSegmenter, DataViewRow, DataViewSchema.Column, WantedColumns)"/>
    public BatchedPredictions(SharedSegmenter segmenter, LookAheadCursor cursor, DataViewSchema.Column input, WantedColumns wanted)
        : base(segmenter, cursor, input, wanted)
    {
        _cursor = cursor;
        _wanted = wanted;
        _decode = input.Type switch
        {
            TextDataViewType => FromPath(cursor.Ahead<ReadOnlyMemory<char>>(input)),
            VectorDataViewType => FromBytes(cursor.Ahead<VBuffer<byte>>(input), cursor),
            _ => FromImage(cursor.Ahead<MLImage>(input), cursor, input.Name),
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
        var images = new List<RgbaImage>(_cursor.RowsAhead);
        try
        {
            images.Add(_decode(0));
            while (images.Count < _cursor.RowsAhead && TryDecode(images.Count) is { } image)
            {
                images.Add(image);
            }
            using SharedSegmenter.Lease lease = Segmenter.Rent();
            foreach (SegmentationMask mask in lease.Segmenter.Predict(images))
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
    private RgbaImage? TryDecode(int ahead)
    {
        try
        {
            return _decode(ahead);
        }
        catch (SegMLException)
        {
            return null;
        }
    }

    private static Func<int, RgbaImage> FromPath(LookAheadCursor.Value<ReadOnlyMemory<char>> ahead) => i => ImageFile.Read(ahead(i).ToString());

    private static Func<int, RgbaImage> FromBytes(LookAheadCursor.Value<VBuffer<byte>> ahead, LookAheadCursor cursor) => i =>
    {
        ref readonly VBuffer<byte> encoded = ref ahead(i);
        ReadOnlySpan<byte> bytes = encoded.IsDense ? encoded.GetValues() : [.. encoded.DenseValues()];
        return ImageFile.Decode(bytes, $"row {cursor.Position + i}");
    };

    private static Func<int, RgbaImage> FromImage(LookAheadCursor.Value<MLImage> ahead, LookAheadCursor cursor, string column) => i =>
        MLImagePixels.ToRgba(ahead(i) ?? throw NoImage(cursor.Position + i, column));
}
