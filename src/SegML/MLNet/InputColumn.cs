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

    public static bool IsMask(DataViewType type) => type.RawType == typeof(SegmentationMask);

    public static bool IsImage(DataViewType type) => type is ImageDataViewType;

    public static bool IsText(DataViewType type) => type is TextDataViewType;

    public static bool IsBytes(DataViewType type) => type is VectorDataViewType vector && vector.ItemType == NumberDataViewType.Byte;

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
                "name another column or convert this one first");
        }
    }

    private SchemaException Missing(string reader, IEnumerable<string> columns) =>
        new($"column \"{Name}\"", $"is what {reader} reads, but the data has only {string.Join(", ", columns)}",
            "check the column names; ML.NET's ShuffleRows and Cache drop columns of images and masks, so use them before those are loaded");
}
