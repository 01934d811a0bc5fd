using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using SegML.Masks;

namespace SegML.MLNet;

/// <summary>A column that a transform reads: its name and what it may hold.</summary>
/// <param name="Name">The column's name.</param>
/// <param name="Accepts">Whether a type will do.</param>
/// <param name="Expected">What is accepted, for errors: "text (paths of masks)".</param>
internal sealed record InputColumn(string Name, Func<DataViewType, bool> Accepts, string Expected)
{
    /// <summary>A column of masks of any size.</summary>
    public static InputColumn Mask(string name) => new(name, IsMask, "masks (from LoadMasks or a SegmentationMask property)");

    /// <summary>A column of images in hand.</summary>
    public static InputColumn Image(string name) => new(name, IsImage, "images (from LoadImages or an MLImage property)");

    /// <summary>A column of images, of paths of image files, or of their content.</summary>
    public static InputColumn ImageOrFile(string name) => new(name, type => IsImage(type) || IsText(type) || IsBytes(type),
        "images (from LoadImages or an MLImage property), text (paths of images) or byte vectors (encoded images)");

    public static bool IsMask(DataViewType type) => type.RawType == typeof(SegmentationMask);

    public static bool IsImage(DataViewType type) => type is ImageDataViewType;

    public static bool IsText(DataViewType type) => type is TextDataViewType;

    public static bool IsBytes(DataViewType type) => type is VectorDataViewType vector && vector.ItemType == NumberDataViewType.Byte;

    // What ConvertColor and ExtractPixels give.
    private static bool IsPlanes(DataViewType type) => type is VectorDataViewType vector && vector.ItemType == NumberDataViewType.Single;

    /// <summary>Finds the column.</summary>
    /// <exception cref="SchemaException">There is none of that name, or it is of another type.</exception>
    public DataViewSchema.Column In(DataViewSchema schema, string reader)
    {
        if (schema.GetColumnOrNull(Name) is not { } column)
        {
            throw Missing(reader, schema.Where(c => !c.IsHidden).Select(c => c.Name));
        }
        Check(column.Type, reader);
        return column;
    }

    /// <summary>Finds the column's type in a schema's shape.</summary>
    /// <inheritdoc cref="In(DataViewSchema, string)"/>
    public DataViewType In(SchemaShape shape, string reader)
    {
        foreach (SchemaShape.Column column in shape)
        {
            if (column.Name == Name)
            {
                DataViewType type = MLNetInternals.TypeOf(column);
                Check(type, reader);
                return type;
            }
        }
        throw Missing(reader, shape.Select(c => c.Name));
    }

    private void Check(DataViewType type, string reader)
    {
        if (!Accepts(type))
        {
            throw new SchemaException($"column \"{Name}\"", $"is of type {type}, but {reader} reads {Expected}",
                IsPlanes(type) && Accepts(new ImageDataViewType())
                    ? "name the column of the images themselves; for another colour space than RGB set ColorSpace in the trainer's options, or "
                        + "input.colorSpace in the pipeline file: the network converts for itself"
                    : "name another column or convert this one first");
        }
    }

    private SchemaException Missing(string reader, IEnumerable<string> columns) =>
        new($"column \"{Name}\"", $"is what {reader} reads, but the data has only {string.Join(", ", columns)}",
            "check the column names; ML.NET's ShuffleRows and Cache drop columns of images and masks, so use them before those are loaded");
}
