using Microsoft.ML;
using Microsoft.ML.Data;

namespace SegML.MLNet;

/// <summary>A data view with columns appended to another's rows. It shuffles where its source does.</summary>
/// <param name="source">The other's rows.</param>
/// <param name="mapping">What appends the columns.</param>
/// <param name="rowsAhead">How many rows a cursor reads at a time, for columns that are computed together; 1: one by one.</param>
internal sealed class MappedDataView(IDataView source, RowMapping mapping, int rowsAhead) : IDataView
{
    public bool CanShuffle => source.CanShuffle;

    public DataViewSchema Schema => mapping.OutputSchema;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        bool[] active = mapping.Active(columnsNeeded);
        return Append(source.GetRowCursor(mapping.InputsOf(active), rand), active);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        bool[] active = mapping.Active(columnsNeeded);
        return [.. source.GetRowCursorSet(mapping.InputsOf(active), n, rand).Select(c => Append(c, active))];
    }

    private MappedRow Append(DataViewRowCursor cursor, bool[] active) =>
        new(mapping, rowsAhead > 1 && mapping.AnyAdded(active) ? new LookAheadCursor(cursor, rowsAhead) : cursor, active);
}
