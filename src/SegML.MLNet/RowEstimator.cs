using Microsoft.ML;

namespace SegML.MLNet;

/// <summary>
/// The base of SegML's estimators that learn nothing from the data: <see cref="Fit"/> checks the columns and hands out
/// the transformer.
/// </summary>
/// <typeparam name="T">The transformer.</typeparam>
public abstract class RowEstimator<T> : IEstimator<T>
    where T : RowTransformer
{
    private readonly T _transformer;

    private protected RowEstimator(T transformer) => _transformer = transformer;

    /// <summary>Checks the data's columns and returns the transformer. Reads no rows.</summary>
    /// <exception cref="SchemaException">A column is missing or of another type.</exception>
    public T Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        _transformer.Check(input.Schema);
        return _transformer;
    }

    /// <summary>The shape of the transformed data.</summary>
    /// <exception cref="SchemaException">A column is missing or of another type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => _transformer.GetOutputShape(inputSchema);
}
