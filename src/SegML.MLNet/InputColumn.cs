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

    /// <summary>A column of masks, or of their planes, one a class.</summary>
    public static InputColumn MaskOrOneHot(string name) => new(name, type => IsMask(type) || PlanesColumn.IsPlanes(type),
        "masks (from LoadMasks or a SegmentationMask property) or one-hot masks (from OneHotEncodeMask)")
    { PlanesAnnotation = OneHotColumn.ClassesKind };

    /// <summary>A column of images in hand.</summary>
    public static InputColumn Image(string name) => new(name, IsImage, "images (from LoadImages or an MLImage property)");

    /// <summary>A column of images, of paths of image files, of their content, or of their planes.</summary>
    public static InputColumn ImageOrFile(string name) => new(name, type => IsImage(type) || IsText(type) || IsBytes(type) || PlanesColumn.IsPlanes(type),
        "images (from LoadImages or an MLImage property), text (paths of images), byte vectors (encoded images) or planes (from ConvertColor)")
    { PlanesAnnotation = PlanesColumn.SpaceKind };

    /// <summary>The annotation that planes of floats must have to be accepted; null: planes of floats need none. Default null.</summary>
    public string? PlanesAnnotation { get; init; }

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
        Check(column.Type, reader, column.Annotations.Schema.Select(a => a.Name));
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
                Check(type, reader, column.Annotations.Select(a => a.Name));
                return type;
            }
        }
        throw Missing(reader, shape.Select(c => c.Name));
    }

    private void Check(DataViewType type, string reader, IEnumerable<string> annotations)
    {
        if (!Accepts(type))
        {
            throw new SchemaException($"column \"{Name}\"", $"is of type {type}, but {reader} reads {Expected}", "name another column or convert this one first");
        }
        if (PlanesAnnotation is not null && PlanesColumn.IsPlanes(type) && !annotations.Contains(PlanesAnnotation))
        {
            throw new SchemaException($"column \"{Name}\"", $"is of type {type} and has no annotation \"{PlanesAnnotation}\", but {reader} reads {Expected}",
                PlanesAnnotation == PlanesColumn.SpaceKind
                    ? "name the column of the images themselves, or make planes with ConvertColor, which says their colour space"
                    : "name the column of masks, or encode them with OneHotEncodeMask, which says their classes");
        }
    }

    private SchemaException Missing(string reader, IEnumerable<string> columns) =>
        new($"column \"{Name}\"", $"is what {reader} reads, but the data has only {string.Join(", ", columns)}",
            "check the column names; ML.NET's ShuffleRows and Cache drop columns of images and masks, so use them before those are loaded");
}
