using Microsoft.ML;
using Microsoft.ML.Data;

namespace SegML.MLNet;

/// <summary>
/// Appends columns to the rows of one schema. Columns of the input keep their index; schemas of input and output hold
/// different column objects, so columns are always passed on by index.
/// </summary>
internal sealed class RowMapping : IRowToRowMapper
{
    private readonly int[] _inputs;
    private readonly Func<DataViewRow, bool[], Delegate[]> _createGetters;

    /// <param name="input">The input's schema.</param>
    /// <param name="inputs">Indices of the columns that the added columns are computed from.</param>
    /// <param name="added">The columns to append.</param>
    /// <param name="createGetters">Makes the added columns' getters over a row, given which of them are wanted.</param>
    public RowMapping(DataViewSchema input, int[] inputs, DataViewSchema.DetachedColumn[] added,
        Func<DataViewRow, bool[], Delegate[]> createGetters)
    {
        InputSchema = input;
        _inputs = inputs;
        _createGetters = createGetters;
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(input);
        builder.AddColumns(added);
        OutputSchema = builder.ToSchema();
    }

    public DataViewSchema InputSchema { get; }

    public DataViewSchema OutputSchema { get; }

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) =>
        InputsOf(Active(dependingColumns));

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns) =>
        new MappedRow(this, input, Active(activeColumns));

    /// <summary>By output column: whether it is among those asked for.</summary>
    public bool[] Active(IEnumerable<DataViewSchema.Column> columns)
    {
        var active = new bool[OutputSchema.Count];
        foreach (DataViewSchema.Column column in columns)
        {
            active[column.Index] = true;
        }
        return active;
    }

    /// <summary>Whether any of the added columns is active.</summary>
    public bool AnyAdded(bool[] active) => active.AsSpan(InputSchema.Count).Contains(true);

    /// <summary>The input columns that active output columns need.</summary>
    public IEnumerable<DataViewSchema.Column> InputsOf(bool[] active)
    {
        bool anyAdded = AnyAdded(active);
        return InputSchema.Where(c => active[c.Index] || (anyAdded && Array.IndexOf(_inputs, c.Index) >= 0));
    }

    /// <summary>The getters of the active added columns over a row of the input's schema.</summary>
    public Delegate[] CreateGetters(DataViewRow row, bool[] active)
    {
        bool[] added = active[InputSchema.Count..];
        return AnyAdded(active) ? _createGetters(row, added) : new Delegate[added.Length];
    }

    /// <summary>The getter of an output column.</summary>
    /// <exception cref="InvalidOperationException">The column is not active, or its type is another.</exception>
    public ValueGetter<T> Getter<T>(DataViewRow row, Delegate[] added, bool[] active, DataViewSchema.Column column)
    {
        if (!active[column.Index])
        {
            throw new InvalidOperationException($"column \"{column.Name}\" is not active in this cursor; ask for it in GetRowCursor");
        }
        if (column.Index < InputSchema.Count)
        {
            return row.GetGetter<T>(row.Schema[column.Index]);
        }
        return added[column.Index - InputSchema.Count] as ValueGetter<T>
            ?? throw new InvalidOperationException($"column \"{column.Name}\" is of type {OutputSchema[column.Index].Type}, not {typeof(T)}");
    }
}
