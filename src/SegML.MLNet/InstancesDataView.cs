using Microsoft.ML;
using Microsoft.ML.Data;
using SegML.Instances;

namespace SegML.MLNet;

/// <summary>A row for each instance in the masks, or the images, of another data view. See <c>ml.Data.SplitIntoInstances</c>.</summary>
internal sealed class InstancesDataView : IDataView
{
    private readonly IDataView _source;
    private readonly InstanceSource _instances;
    private readonly int _column;
    private readonly int[] _kept;

    /// <exception cref="SchemaException">A column is missing or does not fit.</exception>
    public InstancesDataView(IDataView source, InstanceSource instances, string[] keep)
    {
        const string Reader = "SplitIntoInstances";
        _source = source;
        _instances = instances;
        _column = instances.Column.In(source.Schema, Reader).Index;
        // Values of an image's or a mask's column may be disposed by the caller who reads them, and here many rows would share one.
        _kept = [.. keep.Select(name => new InputColumn(name,
            type => type is PrimitiveDataViewType or VectorDataViewType { ItemType: PrimitiveDataViewType },
            "numbers, texts, keys, times or vectors of them").In(source.Schema, Reader).Index)];
        var builder = new DataViewSchema.Builder();
        foreach (int index in _kept)
        {
            DataViewSchema.Column column = source.Schema[index];
            builder.AddColumn(column.Name, column.Type, column.Annotations);
        }
        foreach (InstanceColumn column in InstanceColumn.All)
        {
            builder.AddColumn(column.Name, column.Type);
        }
        Schema = builder.ToSchema();
    }

    // The order of rows is that of the source's, and random access to it is not to be had.
    public bool CanShuffle => false;

    public DataViewSchema Schema { get; }

    // Known only when every row has been read.
    public long? GetRowCount() => null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var active = new bool[Schema.Count];
        foreach (DataViewSchema.Column column in columnsNeeded)
        {
            active[column.Index] = true;
        }
        IEnumerable<DataViewSchema.Column> needed = _source.Schema.Where(c =>
            c.Index == _column || Enumerable.Range(0, _kept.Length).Any(i => active[i] && _kept[i] == c.Index));
        return new Cursor(this, _source.GetRowCursor(needed), active);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor : DataViewRowCursor
    {
        private readonly InstancesDataView _view;
        private readonly DataViewRowCursor _source;
        private readonly bool[] _active;
        private readonly Func<IReadOnlyList<SegmentationInstance>> _next;
        private readonly ValueGetter<DataViewRowId> _getId;
        private IReadOnlyList<SegmentationInstance> _instances = [];
        private int _at;
        private long _position = -1;

        public Cursor(InstancesDataView view, DataViewRowCursor source, bool[] active)
        {
            _view = view;
            _source = source;
            _active = active;
            _next = view._instances.Open(source, source.Schema[view._column]);
            _getId = source.GetIdGetter();
        }

        public override DataViewSchema Schema => _view.Schema;

        public override long Position => _position;

        public override long Batch => 0;

        private InstanceRow Current => _position >= 0 && _at < _instances.Count
            ? new InstanceRow(_source.Position, _instances[_at])
            : throw new InvalidOperationException("the cursor is before its first row or after its last one");

        public override bool MoveNext()
        {
            _at++;
            while (_at >= _instances.Count)
            {
                if (!_source.MoveNext())
                {
                    _position = -1;
                    return false;
                }
                _instances = _next();
                _at = 0;
            }
            _position++;
            return true;
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) =>
        {
            DataViewRowId source = default;
            _getId(ref source);
            id = source.Combine(new DataViewRowId((ulong)_at, 0));
        };

        public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            if (!_active[column.Index])
            {
                throw new InvalidOperationException($"column \"{column.Name}\" is not active in this cursor; ask for it in GetRowCursor");
            }
            if (column.Index < _view._kept.Length)
            {
                return _source.GetGetter<TValue>(_source.Schema[_view._kept[column.Index]]);
            }
            return InstanceColumn.All[column.Index - _view._kept.Length].Getter(() => Current) as ValueGetter<TValue>
                ?? throw new InvalidOperationException($"column \"{column.Name}\" is of type {column.Type}, not {typeof(TValue)}");
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _source.Dispose();
            }
            base.Dispose(disposing);
        }
    }
}
