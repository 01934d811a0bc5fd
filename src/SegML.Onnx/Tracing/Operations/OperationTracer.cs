using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Onnx.Tracing.Operations;

/// <summary>
/// Runs a module once and writes down every operation on tensors, whoever called it: libtorch records them. Modules with an emitter are single steps, and their
/// inner operations are not recorded. Modules without one give their paths to the operations in them.
/// </summary>
internal sealed class OperationTracer
{
    private readonly nn.Module _root;
    private readonly Func<nn.Module, bool> _isUnit;
    private readonly bool _observe;
    private readonly OperationRecorder _recorder;
    private readonly RecordedModules _recorded;
    private readonly List<Action> _removals = [];
    private int _paused;
    private Tensor? _lastCopy;

    private OperationTracer(nn.Module root, Func<nn.Module, bool> isUnit, bool observe, OperationRecorder recorder)
    {
        (_root, _isUnit, _observe, _recorder) = (root, isUnit, observe, recorder);
        _recorded = new RecordedModules(root);
    }

    /// <summary>Traces one run without gradients. Hooks are removed again whatever happens.</summary>
    /// <param name="module">The module, in evaluation mode.</param>
    /// <param name="inputs">Its inputs.</param>
    /// <param name="isUnit">Whether a module has an emitter, and so is a single step.</param>
    /// <param name="observe">Whether to keep copies of what every module returned.</param>
    /// <returns>The trace, and what the module returned. The tensors belong to the caller's scope.</returns>
    /// <exception cref="OnnxExportException">The module cannot run these inputs.</exception>
    public static (ModuleTrace Trace, IReadOnlyList<Tensor> Outputs) Run(nn.Module module, IReadOnlyList<Tensor> inputs, Func<nn.Module, bool> isUnit, bool observe)
    {
        using var recorder = new OperationRecorder();
        var tracer = new OperationTracer(module, isUnit, observe, recorder);
        try
        {
            return tracer.Run(inputs);
        }
        finally
        {
            recorder.Pause();
            tracer._removals.ForEach(remove => remove());
        }
    }

    private (ModuleTrace, IReadOnlyList<Tensor>) Run(IReadOnlyList<Tensor> inputs)
    {
        using IDisposable noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var state = new KeptState(_root, scope);
        foreach ((int i, Tensor input) in inputs.Index())
        {
            _recorder.Bind(input, RecordedModules.InputName(i));
        }
        foreach ((string name, Tensor tensor) in ModuleTensors.Of(_root))
        {
            _recorder.Bind(tensor, name);
        }
        Attach(_root, "", []);
        _recorder.Resume();
        object result = ModuleRun.Call(_root, inputs, () => _recorded.Last);
        Tensor[] outputs = ModuleRun.Outputs(_root, result);
        ModuleRun.RequireValues(outputs, ModuleCall.Describe("", _root));
        _recorder.Add("segml::outputs", outputs, []);
        RecordedOperations operations = _recorder.Finish();
        ModuleTrace trace = new OperationTraceReader(operations, _recorded, inputs).Read();
        foreach (Tensor copy in operations.Constants.Concat(operations.Bound.Values.Select(b => b.Tensor).Where(t => t is not Parameter))
            .Concat(_recorded.Observed).Distinct(ReferenceEqualityComparer.Instance).Cast<Tensor>())
        {
            scope.Attach(copy);
            scope.MoveToOuter(copy);
        }
        return (trace, [.. outputs.Select(t => ModuleRun.HandOver(t, scope))]);
    }

    private void Attach(nn.Module module, string path, HashSet<nn.Module> seen)
    {
        if (!seen.Add(module))
        {
            return; // The same module in two places: one hook, the first path.
        }
        bool unit = _isUnit(module);
        int index = _recorded.Register(module, path);
        if (ModuleHooks.AttachBefore(module, () => Before(unit, index)) is { } removeBefore
            && ModuleHooks.Attach(module, (_, arguments, result) => After(unit, index, arguments, result)) is { } removeAfter)
        {
            _removals.AddRange([removeBefore, removeAfter]);
        }
        foreach ((string name, nn.Module child) in unit ? [] : module.named_children())
        {
            Attach(child, path.Length == 0 ? name : $"{path}.{name}", seen);
        }
    }

    private void Before(bool unit, int index)
    {
        if (unit)
        {
            _paused++;
            _recorder.Pause();
        }
        else if (_paused == 0)
        {
            _recorder.Enter(RecordedModules.ScopeName(index));
        }
    }

    private void After(bool unit, int index, object?[] arguments, object? result)
    {
        Tensor[] outputs = ModuleRun.Tensors(result);
        if (unit && --_paused == 0)
        {
            ModuleRun.RequireValues(outputs, _recorded.Subject(index));
            object?[] flat = [.. ModuleHooks.Flatten(arguments)];
            string kind = _recorded.AddUnit(index, flat, outputs);
            _recorder.Add(kind, flat.OfType<Tensor>(), outputs);
            Observe(index, outputs);
            _recorder.Resume();
        }
        else if (!unit && _paused == 0)
        {
            _recorder.Leave();
            Observe(index, outputs);
            _recorder.Resume();
        }
    }

    private void Observe(int index, Tensor[] outputs)
    {
        if (_observe && outputs.All(_recorder.Knows))
        {
            _recorder.Pause();
            _recorder.Add(_recorded.AddObservation(index, [.. outputs.Select(Copy)]), outputs, []);
        }
    }

    // Modules around modules return what those did: one copy is enough for both.
    private Tensor Copy(Tensor output)
    {
        if (_lastCopy is { } last && last.dtype == output.dtype && last.shape.AsSpan().SequenceEqual(output.shape))
        {
            using Tensor equal = last.eq(output), all = equal.all();
            if (all.item<bool>())
            {
                return last;
            }
        }
        return _lastCopy = output.detach().clone().DetachFromDisposeScope();
    }
}
