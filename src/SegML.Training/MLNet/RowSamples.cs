using Microsoft.ML;
using Microsoft.ML.Data;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Training.Data;

namespace SegML.MLNet;

/// <summary>A data view's rows as samples. A trainer wants any sample at any time, a cursor gives each once: hence kept.</summary>
internal sealed class RowSamples : IDisposable
{
    private readonly List<Row> _rows = [];

    private RowSamples()
    {
    }

    /// <summary>The samples.</summary>
    public SampleSource Source => new(_rows.Count, i => (_rows[i].OpenImage(), _rows[i].Mask));

    /// <summary>The classes of all masks.</summary>
    public ClassSet Classes => _rows[0].Mask.Classes;

    /// <summary>Reads all rows.</summary>
    /// <param name="data">The rows.</param>
    /// <param name="image">The column of images or their paths.</param>
    /// <param name="mask">The column of masks.</param>
    /// <param name="shrink">Keep images and masks at this input's size, not at their own; null: at their own.</param>
    /// <param name="cancellation">Stops between rows.</param>
    /// <exception cref="SchemaException">A column is missing or of another type.</exception>
    /// <exception cref="DatasetException">There are no rows, or masks of different classes.</exception>
    public static RowSamples Read(IDataView data, InputColumn image, InputColumn mask, InputOptions? shrink, CancellationToken cancellation)
    {
        DataViewSchema.Column images = image.In(data.Schema, nameof(ImageSegmentationTrainer));
        DataViewSchema.Column masks = mask.In(data.Schema, nameof(ImageSegmentationTrainer));
        var samples = new RowSamples();
        try
        {
            using DataViewRowCursor cursor = data.GetRowCursor([images, masks]);
            ValueGetter<SegmentationMask> getMask = cursor.GetGetter<SegmentationMask>(cursor.Schema[masks.Index]);
            DataViewSchema.Column column = cursor.Schema[images.Index];
            Func<SegmentationMask, Row> read = InputColumn.IsText(column.Type)
                ? FromPath(cursor.GetGetter<ReadOnlyMemory<char>>(column))
                : FromImage(cursor.GetGetter<MLImage>(column), shrink);
            while (cursor.MoveNext())
            {
                cancellation.ThrowIfCancellationRequested();
                SegmentationMask truth = null!;
                getMask(ref truth);
                samples.Add(read(truth));
            }
        }
        catch
        {
            samples.Dispose();
            throw;
        }
        return samples._rows.Count > 0
            ? samples
            : throw new DatasetException("the data to train on", "has no rows", "check the folder or the filter before it");
    }

    public void Dispose()
    {
        foreach (Row row in _rows)
        {
            row.Image?.Dispose();
        }
    }

    private static Func<SegmentationMask, Row> FromPath(ValueGetter<ReadOnlyMemory<char>> getter)
    {
        ReadOnlyMemory<char> path = default;
        return mask =>
        {
            getter(ref path);
            return new Row(path.ToString(), null, mask);
        };
    }

    private static Func<SegmentationMask, Row> FromImage(ValueGetter<MLImage> getter, InputOptions? shrink) => mask =>
    {
        MLImage image = null!;
        getter(ref image);
        RgbaImage copy = MLImagePixels.ToRgba(image);
        if (shrink is null)
        {
            return new Row(null, copy, mask);
        }
        (int width, int height) = shrink.SizeFor(copy.Width, copy.Height);
        using (copy)
        {
            return new Row(null, ImageResizer.Resize(copy, width, height), mask.Resize(width, height));
        }
    };

    private void Add(Row row)
    {
        if (_rows.Count > 0 && !row.Mask.Classes.HasNamesOf(Classes))
        {
            row.Image?.Dispose();
            throw new DatasetException($"row {_rows.Count} of the data", "has a mask of other classes than row 0",
                "load all masks with the same classes");
        }
        _rows.Add(row);
    }

    private sealed record Row(string? Path, RgbaImage? Image, SegmentationMask Mask)
    {
        /// <summary>The image; the caller disposes it.</summary>
        public RgbaImage OpenImage() => Path is not null ? ImageFile.Read(Path) : ImageResizer.Resize(Image!, Image!.Width, Image.Height);
    }
}
