using Microsoft.ML;
using Microsoft.ML.Data;

namespace SegML.MLNet;

/// <summary>
/// Another's row with columns appended. Over a cursor it is the cursor that a data view gives; over a single row it is what a
/// PredictionEngine reads, which knows it as a row and never moves it.
/// </summary>
internal sealed class MappedRow(RowMapping mapping, DataViewRow row, bool[] active) : DataViewRowCursor
{
    private readonly Delegate[] _added = mapping.CreateGetters(row, active);

    public override DataViewSchema Schema => mapping.OutputSchema;

    public override long Position => row.Position;

    public override long Batch => row.Batch;

    public override bool MoveNext() => row is DataViewRowCursor cursor ? cursor.MoveNext() : throw new InvalidOperationException("a single row has none after it");

    public override ValueGetter<DataViewRowId> GetIdGetter() => row.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => active[column.Index];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
        mapping.Getter<TValue>(row, _added, active, column);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            row.Dispose();
        }
        base.Dispose(disposing);
    }
}
