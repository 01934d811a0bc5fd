using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Data;
using SegML.Masks;

namespace SegML.Tests.MLNet;

/// <summary>
/// Rows as text, equal for equal rows only: how two processes compare what a pipeline gave them. Also compiled into
/// Apps/ScoringApp. Columns of text are left out, because they hold paths.
/// </summary>
internal static class RowText
{
    /// <summary>A line for each column of the first row: name, and size and checksum or value.</summary>
    public static string[] OfFirst(IDataView rows)
    {
        using DataViewRowCursor cursor = rows.GetRowCursor(rows.Schema);
        Func<string>[] columns = Of(cursor);
        return cursor.MoveNext() ? [.. columns.Select(c => c())] : throw new InvalidOperationException("no row");
    }

    /// <summary>What gives a row's columns as text, whichever row it stands on.</summary>
    public static Func<string>[] Of(DataViewRow row) =>
        [.. row.Schema.Where(c => !c.IsHidden && c.Type is not TextDataViewType).Select(c => Of(row, c))];

    private static Func<string> Of(DataViewRow row, DataViewSchema.Column column)
    {
        Func<string> value = column.Type.RawType switch
        {
            Type t when t == typeof(SegmentationMask) =>
                Of<SegmentationMask>(row, column, m => $"{m.Width}x{m.Height} {Sum(m.Ids)}"),
            Type t when t == typeof(MLImage) =>
                Of<MLImage>(row, column, i => $"{i.Width}x{i.Height} {i.PixelFormat} {Sum(i.Pixels)}"),
            Type t when t == typeof(VBuffer<float>) =>
                Of<VBuffer<float>>(row, column, v => $"{v.Length} {Sum(MemoryMarshal.AsBytes<float>([.. v.DenseValues()]))}"),
            Type t when t == typeof(VBuffer<int>) =>
                Of<VBuffer<int>>(row, column, v => string.Join(' ', v.DenseValues())),
            Type t when t == typeof(VBuffer<byte>) =>
                Of<VBuffer<byte>>(row, column, v => $"{v.Length} {Sum([.. v.DenseValues()])}"),
            Type t when t == typeof(float) => Of<float>(row, column, v => FormattableString.Invariant($"{v:R}")),
            Type t when t == typeof(int) => Of<int>(row, column, v => FormattableString.Invariant($"{v}")),
            Type t when t == typeof(uint) => Of<uint>(row, column, v => FormattableString.Invariant($"{v}")),
            Type t => throw new NotSupportedException($"column {column.Name}: say here how {t} is printed"),
        };
        return () => $"{column.Name} {value()}";
    }

    private static Func<string> Of<T>(DataViewRow row, DataViewSchema.Column column, Func<T, string> print)
    {
        ValueGetter<T> getter = row.GetGetter<T>(column);
        return () =>
        {
            // A new value each time: stock getters of images dispose the one they are given.
            T value = default!;
            getter(ref value);
            return print(value);
        };
    }

    private static string Sum(ReadOnlySpan<byte> bytes) => Convert.ToHexString(SHA256.HashData(bytes));
}
