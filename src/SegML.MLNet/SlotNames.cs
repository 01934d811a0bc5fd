using Microsoft.ML;
using Microsoft.ML.Data;

namespace SegML.MLNet;

/// <summary>Class names as a column's annotation, by the kind under which ML.NET looks for names of a vector's slots.</summary>
internal static class SlotNames
{
    public const string Kind = "SlotNames";

    /// <summary>The annotation's value.</summary>
    public static VBuffer<ReadOnlyMemory<char>> Value(IReadOnlyList<string> names) => new(names.Count, [.. names.Select(n => n.AsMemory())]);

    /// <summary>The annotation's type.</summary>
    public static VectorDataViewType TypeOf(IReadOnlyList<string> names) => new(TextDataViewType.Instance, names.Count);

    /// <summary>An annotation set with nothing but the names.</summary>
    public static DataViewSchema.Annotations Of(IReadOnlyList<string> names)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        VBuffer<ReadOnlyMemory<char>> values = Value(names);
        builder.Add(Kind, TypeOf(names),
            (ValueGetter<VBuffer<ReadOnlyMemory<char>>>)((ref VBuffer<ReadOnlyMemory<char>> value) => values.CopyTo(ref value)));
        return builder.ToAnnotations();
    }
}
