using Microsoft.ML;
using Microsoft.ML.Data;

namespace SegML.MLNet;

/// <summary>
/// The base of SegML's transformers: each row of the output is a row of the input with columns appended. Values are
/// computed when, and only when, they are asked for. Savable with <c>ml.Model.Save</c>.
/// </summary>
public abstract class RowTransformer : ITransformer
{
    private protected RowTransformer()
    {
    }

    bool ITransformer.IsRowToRowMapper => true;

    /// <summary>What errors call it: the catalog method's name.</summary>
    private protected abstract string Name { get; }

    /// <summary>The columns it reads, all of them for each of the columns it adds.</summary>
    private protected abstract IReadOnlyList<InputColumn> Inputs { get; }

    /// <summary>The columns that it reads of a schema, <see cref="Inputs"/> first.</summary>
    private protected virtual IReadOnlyList<InputColumn> InputsIn(DataViewSchema schema) => Inputs;

    /// <summary>
    /// Whether rows without any of <see cref="Inputs"/> pass unchanged. True of what prepares labels: a chain that was trained with them then
    /// scores photos that have none. Fitting still asks for the columns.
    /// </summary>
    private protected virtual bool PassesRowsWithoutInputs => false;

    /// <summary>How many rows a cursor reads at a time, for columns that are computed together; 1: one by one.</summary>
    private protected virtual int RowsAhead => 1;

    /// <summary>The schema of <see cref="Transform"/>'s result.</summary>
    /// <exception cref="SchemaException">A column that it reads is missing or of another type.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Bind(inputSchema).OutputSchema;

    /// <summary>Appends the columns. Nothing is computed yet.</summary>
    /// <exception cref="SchemaException">A column that it reads is missing or of another type.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new MappedDataView(input, Bind(input.Schema), RowsAhead);
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => Bind(inputSchema);

    void ICanSaveModel.Save(ModelSaveContext ctx) => MLNetInternals.Save(ctx, ToSaved());

    /// <summary>The shape of the output, for estimators.</summary>
    internal SchemaShape GetOutputShape(SchemaShape input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return Append(input, Outputs([.. Inputs.Select(i => i.In(input, Name))]));
    }

    /// <summary>A shape with columns added, in place of those of the same name.</summary>
    private protected static SchemaShape Append(SchemaShape input, DataViewSchema.DetachedColumn[] added) =>
        new(input.Where(c => added.All(a => a.Name != c.Name)).Concat(added.Select(MLNetInternals.ShapeOf)));

    internal abstract SavedTransformer ToSaved();

    /// <summary>The columns it adds.</summary>
    /// <param name="inputTypes">The types of <see cref="Inputs"/>. Vectors may lack their size.</param>
    private protected abstract DataViewSchema.DetachedColumn[] Outputs(IReadOnlyList<DataViewType> inputTypes);

    /// <summary>Makes the getters of the added columns over a row, which may be a cursor.</summary>
    /// <param name="row">The row that <see cref="Inputs"/> are read from.</param>
    /// <param name="inputs">The columns of <see cref="Inputs"/> in that row.</param>
    /// <param name="active">Which added columns are wanted.</param>
    /// <returns>A <see cref="ValueGetter{TValue}"/> for each added column; what stands for the unwanted is not looked at.</returns>
    private protected abstract Delegate[] CreateGetters(DataViewRow row, IReadOnlyList<DataViewSchema.Column> inputs, IReadOnlyList<bool> active);

    private RowMapping Bind(DataViewSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        if (PassesRowsWithoutInputs && InputsIn(schema).All(i => schema.GetColumnOrNull(i.Name) is null))
        {
            return new RowMapping(schema, [], [], (_, _) => []);
        }
        return BindInputs(schema);
    }

    /// <summary>Checks that the columns are there.</summary>
    /// <exception cref="SchemaException">A column that it reads is missing or of another type.</exception>
    internal void Check(DataViewSchema schema) => BindInputs(schema);

    private RowMapping BindInputs(DataViewSchema schema)
    {
        int[] inputs = [.. InputsIn(schema).Select(i => i.In(schema, Name).Index)];
        return new RowMapping(schema, inputs, Outputs([.. inputs.Select(i => schema[i].Type)]),
            (row, active) => CreateGetters(row, [.. inputs.Select(i => row.Schema[i])], active));
    }
}
