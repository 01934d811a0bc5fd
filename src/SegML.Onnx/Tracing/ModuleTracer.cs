using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx.Tracing;

/// <summary>
/// Runs a module once and writes down which modules it called on which tensors. Every module that the graph shows as a unit gets a
/// forward hook; calls are joined by the tensor objects that pass between them. The tensors' native handles would not do: the
/// handle of a disposed tensor is given to the next one.
/// </summary>
internal sealed class ModuleTracer
{
    private readonly Dictionary<Tensor, TracedTensor> _known = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<nn.Module, string> _paths = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Tensor, string> _overwritten = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<string> _names = [];
    private readonly List<ModuleCall> _calls = [];
    private readonly nn.Module _root;
    private readonly List<Observation>? _observations;

    private ModuleTracer(nn.Module root, bool observe)
    {
        _root = root;
        _observations = observe ? [] : null;
    }

    /// <summary>Traces one run without gradients. Hooks are removed again whatever happens.</summary>
    /// <param name="module">The module, in evaluation mode.</param>
    /// <param name="inputs">Its inputs.</param>
    /// <param name="isUnit">Whether a module that has children is one unit all the same, because it has an emitter.</param>
    /// <param name="observe">Whether to keep copies of what every module returned.</param>
    /// <returns>The trace, and what the module returned. The tensors belong to the caller.</returns>
    /// <exception cref="OnnxExportException">A module reads a tensor that no module made, or the module cannot run these inputs.</exception>
    public static (ModuleTrace Trace, IReadOnlyList<Tensor> Outputs) Run(nn.Module module, IReadOnlyList<Tensor> inputs,
        Func<nn.Module, bool> isUnit, bool observe)
    {
        var tracer = new ModuleTracer(module, observe);
        List<Action> removals = [];
        try
        {
            tracer.Attach(module, "", isUnit, removals);
            return tracer.Run(inputs);
        }
        finally
        {
            removals.ForEach(remove => remove());
        }
    }

    private void Attach(nn.Module module, string path, Func<nn.Module, bool> isUnit, List<Action> removals)
    {
        if (!_paths.TryAdd(module, path))
        {
            return; // The same module in two places: one hook, the first path.
        }
        (string Name, nn.Module Child)[] children = [.. module.named_children().Select(c => (c.name, c.module))];
        if (children.Length == 0 || isUnit(module))
        {
            if (ModuleHooks.Attach(module, Record) is { } remove)
            {
                removals.Add(remove);
            }
            return;
        }
        foreach ((string name, nn.Module child) in children)
        {
            Attach(child, path.Length == 0 ? name : $"{path}.{name}", isUnit, removals);
        }
    }

    private (ModuleTrace, IReadOnlyList<Tensor>) Run(IReadOnlyList<Tensor> inputs)
    {
        using IDisposable noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var state = new KeptState(_root, scope);
        TracedTensor[] traced = [.. inputs.Select(i => _known[i] = new TracedTensor(i))];
        object result = ModuleRun.Call(_root, inputs, () => _calls.Count == 0 ? null : _calls[^1].Subject);
        Tensor[] tensors = ModuleRun.Outputs(_root, result);
        TracedTensor[] outputs = [.. tensors.Select((t, i) => Find(t) ?? throw new OnnxExportException(ModuleCall.Describe("", _root),
            $"returns a tensor {ModuleRun.Shape(t)} that no traced module produced", Advice(t)))];
        foreach (Observation observation in _observations ?? [])
        {
            // The module's own scopes, in which it was copied, have ended.
            scope.Attach(observation.Expected);
            observation.Expected.MoveToOuterDisposeScope();
        }
        return (new ModuleTrace(traced, _calls, outputs) { Observations = _observations ?? [] }, [.. tensors.Select(t => ModuleRun.HandOver(t, scope))]);
    }

    private void Record(nn.Module module, object?[] arguments, object? result)
    {
        string path = _paths[module];
        object?[] flat = [.. ModuleHooks.Flatten(arguments)];
        if (flat.OfType<Tensor>().FirstOrDefault(_overwritten.ContainsKey) is { } overwritten)
        {
            string writer = _overwritten[overwritten];
            throw new OnnxExportException(ModuleCall.Describe(path, module), $"reads a tensor {ModuleRun.Shape(overwritten)} of which {writer} overwrote a part in place",
                $"create {writer} with inplace: false");
        }
        var inputs = flat.Where(a => a is Tensor or null).Select(a => a is Tensor t ? Find(t) ?? throw new OnnxExportException(
            ModuleCall.Describe(path, module), $"reads a tensor {ModuleRun.Shape(t)} that no traced module produced", Advice(t)) : null).ToArray();
        Tensor[] tensors = ModuleRun.Tensors(result);
        ModuleRun.RequireValues(tensors, ModuleCall.Describe(path, module));
        var outputs = tensors.Select(t => new TracedTensor(t)).ToArray();
        for (int i = 0; i < tensors.Length; i++)
        {
            if (InPlace.Writes(module))
            {
                MarkOverwritten(tensors[i], ModuleCall.Describe(path, module));
            }
            Rebind(tensors[i], outputs[i]);
            _known[tensors[i]] = outputs[i];
        }
        var call = new ModuleCall(module, path, Name(path, module), inputs, [.. flat.Select(a => a is Tensor ? null : a)], outputs);
        _calls.Add(call);
        for (int i = 0; i < tensors.Length; i++)
        {
            _observations?.Add(new Observation(call.Name, module.GetType().Name, outputs[i], tensors[i].clone().DetachFromDisposeScope(), _calls.Count, i));
        }
    }

    // An in-place module writes its result into its input. Whoever reads that input from now on reads the result.
    private void Rebind(Tensor output, TracedTensor traced)
    {
        nint memory = InPlace.Memory(output);
        if (memory == 0)
        {
            return;
        }
        foreach (Tensor tensor in _known.Keys.Where(t => !t.IsInvalid && InPlace.Memory(t) == memory && InPlace.SameView(t, output)).ToArray())
        {
            _known[tensor] = traced;
        }
    }

    // A tensor of which a part was overwritten through another view of its memory is no value of the graph any more.
    private void MarkOverwritten(Tensor written, string writer)
    {
        nint memory = InPlace.Memory(written);
        foreach (Tensor tensor in _known.Keys.Where(t => memory != 0 && !t.IsInvalid && InPlace.Memory(t) == memory && !InPlace.SameView(t, written)))
        {
            if (InPlace.Overlap(tensor, written))
            {
                _overwritten[tensor] = writer;
            }
        }
    }

    // A tensor that is no module's result may still be a parameter or buffer that the forward hands to a module.
    private TracedTensor? Find(Tensor tensor)
    {
        if (_known.TryGetValue(tensor, out TracedTensor? traced))
        {
            return traced;
        }
        string? name = _root.named_parameters().Where(p => ReferenceEquals(p.parameter, tensor)).Select(p => p.name)
            .Concat(_root.named_buffers().Where(b => ReferenceEquals(b.buffer, tensor)).Select(b => b.name)).FirstOrDefault();
        return name is null ? null : _known[tensor] = new TracedTensor(tensor, tensor, name);
    }

    private string Name(string path, nn.Module module)
    {
        string name = path.Length == 0 ? module.GetType().Name : path.Replace('.', '/'), unique = name;
        for (int call = 2; !_names.Add(unique); call++)
        {
            unique = $"{name}_{call}";
        }
        return unique;
    }

    private string Advice(Tensor unknown)
    {
        var known = _known.Select(k => (k.Key, _calls.FirstOrDefault(c => c.Outputs.Contains(k.Value))?.Name
            ?? (k.Value.Constant is null ? "the input" : k.Value.Name)));
        string guess = BareOperation.Guess(unknown, known) is { } found ? $"it looks like {found.Module} of {found.Read}: " : "";
        return guess + $"only modules are seen here ({Operations.LibTorch.Unavailable ?? "TraceOperations is false"}): run every operation as a registered module through call(); SegML.Onnx.Modules has Add, Concat, ResizeLike and others for what lies between modules";
    }

}
