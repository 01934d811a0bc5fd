using Microsoft.ML;
using Microsoft.ML.Data;
using SegML.Images;
using SegML.Masks;
using SegML.MLNet;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Training.Data;

namespace SegML.Training.MLNet;

/// <summary>A data view's rows as samples. A trainer wants any sample at any time, a cursor gives each once: hence kept.</summary>
internal sealed class RowSamples : IDisposable
{
    private readonly List<Row> _rows = [];

    private RowSamples()
    {
    }

    /// <summary>The samples.</summary>
    public SampleSource Source => new(_rows.Count, (i, input) => (_rows[i].Prepare(input), _rows[i].Mask));

    /// <summary>The classes of all masks.</summary>
    public ClassSet Classes => _rows[0].Mask.Classes;

    /// <summary>Reads all rows.</summary>
    /// <param name="data">The rows.</param>
    /// <param name="image">The column of images or their paths.</param>
    /// <param name="mask">The column of masks.</param>
    /// <param name="shrink">Keep images and masks at this input's size, not at their own; null: at their own.</param>
    /// <param name="host">Stops between rows.</param>
    /// <param name="include">Which rows, counted from 0, are read; null: all.</param>
    /// <exception cref="SchemaException">A column is missing or of another type.</exception>
    /// <exception cref="DatasetException">There are no rows, or masks of different classes.</exception>
    public static RowSamples Read(IDataView data, InputColumn image, InputColumn mask, InputOptions? shrink, TrainerHost host,
        Func<int, bool>? include = null)
    {
        DataViewSchema.Column images = image.In(data.Schema, nameof(ImageSegmentationTrainer));
        DataViewSchema.Column masks = mask.In(data.Schema, nameof(ImageSegmentationTrainer));
        IEnumerable<DataViewSchema.Column> sizes = PlanesColumn.SizeOf(data.Schema, image.Name) is { } size ? [size.In(data.Schema, nameof(ImageSegmentationTrainer))] : [];
        var samples = new RowSamples();
        try
        {
            using DataViewRowCursor cursor = data.GetRowCursor([images, masks, .. sizes]);
            ReadMask readMask = MasksOf(cursor, cursor.Schema[masks.Index]);
            DataViewSchema.Column column = cursor.Schema[images.Index];
            Func<Row> read = InputColumn.IsText(column.Type) ? FromPath(cursor.GetGetter<ReadOnlyMemory<char>>(column), readMask)
                : InputColumn.IsBytes(column.Type) ? FromBytes(cursor.GetGetter<VBuffer<byte>>(column), cursor, shrink, readMask)
                : PlanesColumn.Of(column) is not null ? FromImage(PlanesColumn.Reader(cursor, column), shrink, readMask)
                : FromImage(Copies(RowValues.Images(cursor, column)), shrink, readMask);
            for (int row = 0; cursor.MoveNext(); row++)
            {
                host.Poll();
                host.Cancellation.ThrowIfCancellationRequested();
                if (include?.Invoke(row) == false)
                {
                    continue;
                }
                samples.Add(read());
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

    /// <summary>Chooses rows to validate on: always the same for one seed and number of rows.</summary>
    /// <param name="data">The rows, which are counted here and not read.</param>
    /// <param name="fraction">Their share, between 0 and 1; at least one row is chosen and one left.</param>
    /// <param name="seed">Decides which.</param>
    /// <exception cref="DatasetException">There are fewer than two rows.</exception>
    public static HashSet<int> Choose(IDataView data, double fraction, int seed)
    {
        int count = 0;
        using (DataViewRowCursor cursor = data.GetRowCursor([]))
        {
            while (cursor.MoveNext())
            {
                count++;
            }
        }
        if (count < 2)
        {
            throw new DatasetException("the data to train on", $"has {count} rows, too few to hold some back for validation",
                "add rows, or set ValidationFraction to 0");
        }
        int held = Math.Clamp((int)Math.Round(fraction * count), 1, count - 1);
        return [.. SampleRandom.Order(seed, epoch: -1, count).Take(held)];
    }

    public void Dispose()
    {
        foreach (Row row in _rows)
        {
            row.Image?.Dispose();
        }
    }

    /// <summary>Reads the row's mask, given what tells its image's size where the mask does not have it.</summary>
    private delegate SegmentationMask ReadMask(Func<(int Width, int Height)> imageSize);

    private static ReadMask MasksOf(DataViewRow row, DataViewSchema.Column column)
    {
        if (InputColumn.IsMask(column.Type))
        {
            Func<SegmentationMask> readMask = RowValues.Masks(row, column);
            return _ => readMask();
        }
        Func<(int Width, int Height), SegmentationMask> decode = OneHotColumn.Reader(row, column);
        return imageSize => decode(imageSize());
    }

    private static Func<Row> FromPath(ValueGetter<ReadOnlyMemory<char>> getter, ReadMask readMask)
    {
        ReadOnlyMemory<char> path = default;
        return () =>
        {
            getter(ref path);
            string file = path.ToString();
            return new Row(file, null, readMask(() => ImageFile.ReadSize(file)));
        };
    }

    private static Func<RasterImage> Copies(Func<MLImage> readImage) => () => MLImagePixels.ToRgba(readImage());

    private static Func<Row> FromBytes(ValueGetter<VBuffer<byte>> getter, DataViewRow cursor, InputOptions? shrink, ReadMask readMask)
    {
        VBuffer<byte> bytes = default;
        return FromImage(() =>
        {
            getter(ref bytes);
            return ImageFile.DecodeRaster([.. bytes.DenseValues()], $"row {cursor.Position}");
        }, shrink, readMask);
    }

    private static Func<Row> FromImage(Func<RasterImage> readImage, InputOptions? shrink, ReadMask readMask) => () =>
    {
        RasterImage image = readImage();
        try
        {
            return InMemory(image, readMask(() => (image.Width, image.Height)), shrink);
        }
        catch
        {
            image.Dispose();
            throw;
        }
    };

    private static Row InMemory(RasterImage image, SegmentationMask mask, InputOptions? shrink)
    {
        if (shrink is null)
        {
            return new Row(null, image, mask);
        }
        using (image)
        {
            // Afterwards both would be of one size, and nobody could tell.
            if (image.Width != mask.Width || image.Height != mask.Height)
            {
                throw new MaskFormatException("a row of the data", $"has a mask of {mask.Width}x{mask.Height} for an image of {image.Width}x{image.Height}",
                    "make the sizes equal");
            }
            (int width, int height) = shrink.SizeFor(image.Width, image.Height);
            return new Row(null, ImageResizer.Resize(image, width, height), mask.Resize(width, height));
        }
    }

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

    private sealed record Row(string? Path, RasterImage? Image, SegmentationMask Mask)
    {
        /// <summary>The image for a network; the caller disposes it, which leaves the row's own image as it is.</summary>
        public NetworkImage Prepare(InputOptions input) => Path is not null ? NetworkImage.Read(Path, input) : NetworkImage.Of(Image!, input);
    }
}
