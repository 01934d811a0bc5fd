using SegML.Onnx.Emission;
using SegML.Onnx.Emission.Emitters;
using static TorchSharp.torch;

namespace SegML.Onnx;

/// <summary>
/// Which ONNX nodes express which module: a table from module type to emitter. Types are matched exactly, so that a class that
/// derives from <c>Conv2d</c> and computes something else is not taken for one.
/// </summary>
public sealed class OnnxEmitters
{
    private readonly Dictionary<Type, Func<nn.Module, EmitContext, string[]>> _emitters = [];

    /// <summary>Creates the table of all modules that SegML.Onnx knows.</summary>
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
}
