using System.Buffers;
using Microsoft.ML;
using Microsoft.ML.Data;
using SegML.Colors;
using SegML.Images;

namespace SegML.MLNet;

/// <summary>
/// A column of images as planes of floats, [C, H, W], that says which colour space they are in. Where images differ in size, a second column,
/// <c>NAME.Size</c>, has each one's height and width.
/// </summary>
internal sealed class PlanesColumn
{
    /// <summary>The kind of annotation that names the colour space.</summary>
    public const string SpaceKind = "ColorSpace";

    private readonly ColorSpace _space;
    private readonly (int Height, int Width)? _size;

    private PlanesColumn(ColorSpace space, (int Height, int Width)? size) => (_space, _size) = (space, size);

    /// <summary>The colour space.</summary>
    public ColorSpace Space => _space;

    /// <summary>The type of the column of sizes: height and width.</summary>
    public static VectorDataViewType SizeType { get; } = new(NumberDataViewType.Int32, 2);

    /// <summary>What the column of sizes is called.</summary>
    public static string SizeName(string planes) => planes + ".Size";

    /// <summary>Whether a column's type may be planes.</summary>
    public static bool IsPlanes(DataViewType type) => type is VectorDataViewType vector && vector.ItemType == NumberDataViewType.Single;

    /// <summary>An annotation set that names a colour space.</summary>
    public static DataViewSchema.Annotations Annotate(ColorSpace space)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        builder.Add(SpaceKind, TextDataViewType.Instance, (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> value) => value = space.ToString().AsMemory()));
        return builder.ToAnnotations();
    }

    /// <summary>A column's planes; null where it has none that say their colour space.</summary>
    public static PlanesColumn? Of(DataViewSchema.Column column)
    {
        if (!IsPlanes(column.Type) || column.Annotations.Schema.GetColumnOrNull(SpaceKind) is not { Type: TextDataViewType })
        {
            return null;
        }
        ReadOnlyMemory<char> name = default;
        column.Annotations.GetValue(SpaceKind, ref name);
        return Enum.TryParse(name.Span, out ColorSpace space) && Enum.IsDefined(space)
            ? new PlanesColumn(space, ((VectorDataViewType)column.Type).Dimensions is [_, > 0 and var height, > 0 and var width] ? (height, width) : null)
            : null;
    }

    /// <summary>The column of sizes that a column of planes needs; null where it is none, or all are of one size.</summary>
    public static InputColumn? SizeOf(DataViewSchema schema, string planes) =>
        schema.GetColumnOrNull(planes) is { } column && Of(column) is { _size: null } ? Size(planes) : null;

    /// <summary>What reads the row's image.</summary>
    /// <param name="row">The row, in which the column of sizes is active where one is needed.</param>
    /// <param name="column">The column of planes.</param>
    public static Func<RgbaImage> Reader(DataViewRow row, DataViewSchema.Column column)
    {
        PlanesColumn planes = Of(column)!;
        ValueGetter<VBuffer<float>> getPlanes = row.GetGetter<VBuffer<float>>(column);
        ValueGetter<VBuffer<int>>? getSize = planes._size is null ? row.GetGetter<VBuffer<int>>(Size(column.Name).In(row.Schema, SpaceKind)) : null;
        VBuffer<float> values = default;
        VBuffer<int> size = default;
        return () =>
        {
            getPlanes(ref values);
            getSize?.Invoke(ref size);
            return planes.ToImage(values, size, $"row {row.Position}");
        };
    }

    /// <summary>
    /// The image that planes were made of: every space but grey gives the same bytes back, grey the nearest. So what follows is the same as for the
    /// image itself, to the bit.
    /// </summary>
    /// <param name="planes">[C, H, W].</param>
    /// <param name="size">Height and width, where the column's type does not have them.</param>
    /// <param name="name">What to call it in errors.</param>
    public RgbaImage ToImage(in VBuffer<float> planes, in VBuffer<int> size, string name)
    {
        (int height, int width) = _size ?? (size.Length == 2 ? (size.GetItemOrDefault(0), size.GetItemOrDefault(1)) : (0, 0));
        int channels = ColorChannel.Of(_space).Count;
        if (height < 1 || width < 1 || planes.Length != (long)channels * height * width)
        {
            throw new ImageFormatException(name, $"has {planes.Length.Of("value")} for planes of [{channels}, {height}, {width}]",
                "convert images with ConvertColor, which adds the column of sizes");
        }
        var image = new RgbaImage(width, height);
        if (planes.IsDense)
        {
            ColorConverter.ToImage(planes.GetValues(), _space, image);
            return image;
        }
        float[] dense = ArrayPool<float>.Shared.Rent(planes.Length);
        planes.CopyTo(dense);
        ColorConverter.ToImage(dense.AsSpan(0, planes.Length), _space, image);
        ArrayPool<float>.Shared.Return(dense);
        return image;
    }

    /// <summary>The column of sizes.</summary>
    public static InputColumn Size(string planes) => new(SizeName(planes), t => t is VectorDataViewType { Size: 2 } v && v.ItemType == NumberDataViewType.Int32,
        "the sizes of planes (from ConvertColor): vectors of two whole numbers, height and width");
}
