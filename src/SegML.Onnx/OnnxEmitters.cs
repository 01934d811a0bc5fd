using SegML.Onnx.Emission;
using SegML.Onnx.Emission.Emitters;
using SegML.Onnx.Emission.Operators;
using static TorchSharp.torch;

namespace SegML.Onnx;

/// <summary>
/// Which ONNX nodes express what: a table from libtorch's operators to emitters, for whatever a forward computes, and one from module types to
/// emitters, for modules that are one step. Types are matched exactly, so that a class that derives from <c>Conv2d</c> and computes something else is
/// not taken for one.
/// </summary>
public sealed class OnnxEmitters
{
    private readonly Dictionary<Type, Func<nn.Module, EmitContext, string[]>> _emitters = [];
    private readonly Dictionary<string, Func<OperatorContext, string[]>> _operators = [];

    /// <summary>Creates the table of all operators and modules that SegML.Onnx knows.</summary>
    public OnnxEmitters()
    {
        ConvolutionEmitters.AddTo(this);
        LinearEmitters.AddTo(this);
        NormalizationEmitters.AddTo(this);
        ActivationEmitters.AddTo(this);
        PoolingEmitters.AddTo(this);
        PaddingEmitters.AddTo(this);
        ResamplingEmitters.AddTo(this);
        ShapeEmitters.AddTo(this);
        SlidingEmitters.AddTo(this);
        SimilarityEmitters.AddTo(this);
        RecurrentEmitters.AddTo(this);
        RecurrentCellEmitters.AddTo(this);
        AttentionEmitters.AddTo(this);
        TransformerEmitters.AddTo(this);
        OperationEmitters.AddTo(this);
        OperatorTable.AddTo(this);
    }

    /// <summary>The operators that have an emitter, by libtorch's name, in alphabetical order.</summary>
    public IReadOnlyList<string> CoveredOperators => [.. _operators.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Adds an emitter for an operator, or replaces the one that it has.</summary>
    /// <param name="name">libtorch's name without namespace, in-place variants included: <c>"add"</c> also is <c>aten::add_</c>.</param>
    /// <param name="emit">Adds nodes and returns the name of the value that holds the result, of the type of <c>Outputs[0]</c>.</param>
    /// <returns>This table.</returns>
    /// <example><c>options.Emitters.AddOperator("hypot", e => e.Node("Sqrt", [e.Node("Add", [e.Node("Mul", [e.Value(0), e.Value(0)]), e.Node("Mul", [e.Value(1), e.Value(1)])])]))</c></example>
    public OnnxEmitters AddOperator(string name, Func<OperatorContext, string> emit)
    {
        ArgumentNullException.ThrowIfNull(emit);
        return AddOperatorMany(name, e => [emit(e)]);
    }

    /// <summary>Adds an emitter for an operator that returns several tensors.</summary>
    /// <param name="name">libtorch's name without namespace: <c>"chunk"</c>.</param>
    /// <param name="emit">Adds nodes and returns the names of the values that hold the results, in order; empty names for those that it cannot compute.</param>
    /// <returns>This table.</returns>
    public OnnxEmitters AddOperatorMany(string name, Func<OperatorContext, string[]> emit)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(emit);
        _operators[name] = emit;
        return this;
    }

    /// <summary>The module types that have an emitter, by name.</summary>
    public IReadOnlyList<Type> Covered => [.. _emitters.Keys.OrderBy(t => t.FullName, StringComparer.Ordinal)];

    /// <summary>Adds an emitter, or replaces the one that the type has. The module then is one unit of the graph, children or not.</summary>
    /// <typeparam name="TModule">The module's type, exactly.</typeparam>
    /// <param name="emit">Adds nodes and returns the name of the value that holds the result, which may be an input.</param>
    /// <returns>This table.</returns>
    /// <example><c>options.Emitters.Add&lt;Square&gt;((module, e) => e.Node("Mul", [e.Input, e.Input]))</c></example>
    public OnnxEmitters Add<TModule>(Func<TModule, EmitContext, string> emit)
        where TModule : nn.Module
    {
        ArgumentNullException.ThrowIfNull(emit);
        _emitters[typeof(TModule)] = (module, context) => [emit((TModule)module, context)];
        return this;
    }

    /// <summary>Adds an emitter for a module that returns several tensors.</summary>
    /// <typeparam name="TModule">The module's type, exactly.</typeparam>
    /// <param name="emit">Adds nodes and returns the names of the values that hold the results, in order, tuples flattened.</param>
    /// <returns>This table.</returns>
    public OnnxEmitters AddMany<TModule>(Func<TModule, EmitContext, string[]> emit)
        where TModule : nn.Module
    {
        ArgumentNullException.ThrowIfNull(emit);
        _emitters[typeof(TModule)] = (module, context) => emit((TModule)module, context);
        return this;
    }

    // An empty Sequential is the customary "no shortcut"; any other is seen through.
    internal bool IsUnit(nn.Module module) => module is not TorchSharp.Modules.Sequential && _emitters.ContainsKey(module.GetType());

    internal string[] Emit(EmitContext context)
    {
        if (context is OperatorContext operation)
        {
            return Emit(operation);
        }
        nn.Module module = context.Call.Module;
        if (!_emitters.TryGetValue(module.GetType(), out Func<nn.Module, EmitContext, string[]>? emit))
        {
            throw new OnnxExportException(context.Call.Subject, "has no emitter",
                $"build it of modules that have one, with the operations of SegML.Onnx.Modules between them, or add one: "
                + $"options.Emitters.Add<{module.GetType().Name}>((module, e) => e.Node(...))");
        }
        string[] results = emit(module, context);
        return results.Length == context.Outputs.Count ? results : throw new OnnxExportException(context.Call.Subject,
            $"returns {context.Outputs.Count} tensor(s), its emitter {results.Length}", "let the emitter return one value for each");
    }

    private string[] Emit(OperatorContext context)
    {
        if (!_operators.TryGetValue(context.Operator, out Func<OperatorContext, string[]>? emit))
        {
            throw new OnnxExportException(context.Subject, "has no emitter",
                $"compute it otherwise, or add one: options.Emitters.AddOperator(\"{context.Operator}\", e => e.Node(...))");
        }
        try
        {
            return emit(context);
        }
        catch (Exception e) when (e is InvalidCastException or IndexOutOfRangeException or ArgumentOutOfRangeException or KeyNotFoundException)
        {
            throw new OnnxExportException(context.Subject, $"has arguments that its emitter does not expect ({context.Signature})",
                $"compute it otherwise, or replace the emitter: options.Emitters.AddOperator(\"{context.Operator}\", e => e.Node(...))", e);
        }
    }
}
