using Microsoft.ML;
using Microsoft.ML.Data;

namespace SegML.MLNet;

/// <summary>
/// A cursor that reads another's rows some at a time and keeps their active columns, so that what computes on it may look at the
/// rows to come. One source cursor, because a second one need not give the rows in the same order, or at all.
/// </summary>
internal sealed class LookAheadCursor : DataViewRowCursor
{
    private readonly DataViewRowCursor _source;
    private readonly Kept?[] _columns;
    private readonly ValueGetter<DataViewRowId> _getId;
    private readonly DataViewRowId[] _ids;
    private readonly long[] _positions, _batches;
    private int _count, _index = -1;

    /// <param name="source">The cursor to read.</param>
    /// <param name="rows">How many rows to keep, at least 1.</param>
    public LookAheadCursor(DataViewRowCursor source, int rows)
    {
        _source = source;
        _columns = [.. source.Schema.Select(c => source.IsColumnActive(c) ? Kept.Create(source, c, rows) : null)];
        _getId = source.GetIdGetter();
        _ids = new DataViewRowId[rows];
        _positions = new long[rows];
        _batches = new long[rows];
    }

    /// <summary>A column's value a number of rows ahead; 0 is the current row.</summary>
    public delegate ref readonly T Value<T>(int ahead);

    /// <summary>How many rows there are to look at, the current one counted: 0 before the first.</summary>
    public int RowsAhead => _index < 0 ? 0 : _count - _index;

    /// <summary>How often the cursor moved. Positions need not follow upon each other.</summary>
    public long RowsPassed { get; private set; }

    public override DataViewSchema Schema => _source.Schema;

    public override long Position => _index < 0 || _index >= _count ? -1 : _positions[_index];

    public override long Batch => _index < 0 || _index >= _count ? 0 : _batches[_index];

    /// <summary>The values of an active column.</summary>
    public Value<T> Ahead<T>(DataViewSchema.Column column)
    {
        T[] values = Values<T>(column);
        return ahead => ref values[_index + ahead];
    }

    public override bool MoveNext()
    {
        RowsPassed++;
        if (++_index < _count)
        {
            return true;
        }
        _index = _count = 0;
        while (_count < _ids.Length && _source.MoveNext())
        {
            foreach (Kept? column in _columns)
            {
                column?.Read(_count);
            }
            _getId(ref _ids[_count]);
            _positions[_count] = _source.Position;
            _batches[_count++] = _source.Batch;
        }
        return _count > 0;
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = _ids[_index];

    public override bool IsColumnActive(DataViewSchema.Column column) => _columns[column.Index] is not null;

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (_columns[column.Index] is not Kept<TValue> kept)
        {
            throw new InvalidOperationException($"column \"{column.Name}\" is not active, or of type {column.Type}");
        }
        return (ref TValue value) => kept.CopyTo(_index, ref value);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _source.Dispose();
        }
        base.Dispose(disposing);
    }

    private T[] Values<T>(DataViewSchema.Column column) => ((Kept<T>)_columns[column.Index]!).Values;

    /// <summary>A column's values.</summary>
    private abstract class Kept
    {
        public static Kept Create(DataViewRow row, DataViewSchema.Column column, int rows)
        {
            Type type = column.Type.RawType;
            Type kept = column.Type is VectorDataViewType
                ? typeof(KeptVectors<>).MakeGenericType(type.GetGenericArguments())
                : typeof(Kept<>).MakeGenericType(type);
            return (Kept)Activator.CreateInstance(kept, row, column, rows)!;
        }

        public abstract void Read(int row);
    }

    private class Kept<T>(DataViewRow row, DataViewSchema.Column column, int rows) : Kept
    {
        private readonly ValueGetter<T> _getter = row.GetGetter<T>(column);

        public T[] Values { get; } = new T[rows];

        public override void Read(int row)
        {
            // A new value each time: a getter may dispose or write over what it is given, which may still be in use.
            T value = default!;
            _getter(ref value);
            Values[row] = value;
        }

        public virtual void CopyTo(int row, ref T value) => value = Values[row];
    }

    /// <summary>Vectors are copied out and their memory is used again, which is ML.NET's custom for them.</summary>
    private sealed class KeptVectors<T>(DataViewRow row, DataViewSchema.Column column, int rows) : Kept<VBuffer<T>>(row, column, rows)
    {
        private readonly ValueGetter<VBuffer<T>> _getter = row.GetGetter<VBuffer<T>>(column);

        public override void Read(int row) => _getter(ref Values[row]);

        public override void CopyTo(int row, ref VBuffer<T> value) => Values[row].CopyTo(ref value);
    }
}
