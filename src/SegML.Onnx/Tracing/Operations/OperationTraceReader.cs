using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Onnx.Tracing.Operations;

/// <summary>From libtorch's graph to the calls that become an ONNX graph: units, and operations with their arguments.</summary>
internal sealed class OperationTraceReader(RecordedOperations operations, RecordedModules modules, IReadOnlyList<Tensor> inputs)
{
    private const string Operations = "aten::";

    private readonly Dictionary<string, object?> _values = [];
    private readonly Dictionary<string, (OperationNode Node, object?[] Arguments)> _lists = [];
    private readonly HashSet<string> _names = [];
    private readonly List<TracedCall> _calls = [];
    private readonly List<Observation> _observations = [];
    private readonly TracedTensor[] _inputs = [.. inputs.Select(i => new TracedTensor(i))];
    private TracedTensor[] _outputs = [];
    private int _constants;

    public ModuleTrace Read()
    {
        foreach (OperationNode node in OperationNode.Parse(operations.Text))
        {
            Read(node);
        }
        return new ModuleTrace(_inputs, _calls, _outputs) { Observations = _observations }.WithoutUnread();
    }

    private void Read(OperationNode node)
    {
        object?[] arguments = [.. node.Inputs.Select(i => _values.GetValueOrDefault(i))];
        switch (node.Kind)
        {
            case "segml::inputs":
                foreach ((string name, _) in node.Outputs)
                {
                    _values[name] = Bound(operations.Bound[name]);
                }
                break;
            case "segml::outputs":
                _outputs = [.. arguments.Cast<TracedTensor>()];
                break;
            case "prim::Constant":
                _values[node.Outputs[0].Name] = OperationNode.TensorType(node.Outputs[0].Type) is null && node.Outputs[0].Type != "Tensor" ? node.Constant() : Unnamed(operations.Constants[_constants++]);
                break;
            case "prim::ListConstruct" or "prim::TupleConstruct":
                _values[node.Outputs[0].Name] = new List<object?>(arguments);
                break;
            case "prim::ListUnpack" or "prim::TupleUnpack":
                Unpack(node, arguments[0]);
                break;
            case "prim::NumToTensor" or "aten::Int" or "aten::Float" or "aten::ScalarImplicit" or "aten::IntImplicit" when arguments[0] is long or double:
                _values[node.Outputs[0].Name] = arguments[0];
                break;
            case "aten::size" when arguments is [TracedTensor tensor, long axis]:
                _values[node.Outputs[0].Name] = tensor.Shape[(int)(axis < 0 ? axis + tensor.Rank : axis)];
                break;
            case var kind when modules.UnitOf(kind) is { } unit:
                AddUnit(node, unit, arguments);
                break;
            case var kind when modules.ObservationOf(kind) is { } observation:
                Observe(observation, arguments);
                break;
            default:
                AddOperation(node, arguments);
                break;
        }
    }

    private TracedTensor Bound((Tensor Tensor, string Name) bound) => RecordedModules.InputIndex(bound.Name) is { } index
        ? _inputs[index]
        : bound.Name.Length == 0 ? Unnamed(bound.Tensor) : new TracedTensor(bound.Tensor, bound.Tensor, bound.Name) { IsState = bound.Tensor is not Parameter };

    private TracedTensor Unnamed(Tensor content) => new(content, content, Unique("constant"));

    private void AddUnit(OperationNode node, UnitCall unit, object?[] arguments)
    {
        (nn.Module module, string path) = modules.Module(unit.Index);
        TracedTensor[] read = [.. arguments.Cast<TracedTensor>()];
        var outputs = new TracedTensor[unit.Outputs.Length];
        for (int i = 0; i < outputs.Length; i++)
        {
            TracedTensor made = unit.Outputs[i];
            outputs[i] = unit.Overwrites[i] >= 0 ? read[unit.Overwrites[i]]
                : new TracedTensor([.. made.Shape], made.Type, made.Strides) { ViewOf = unit.Views[i] >= 0 ? read[unit.Views[i]] : null };
            _values[node.Outputs[i].Name] = outputs[i];
        }
        var tensors = new Queue<TracedTensor>(read);
        TracedTensor?[] inputs = [.. unit.Arguments.Zip(unit.IsTensor).Where(a => a.First is null).Select(a => a.Second ? tensors.Dequeue() : null)];
        _calls.Add(new ModuleCall(module, path, Unique(path.Length == 0 ? module.GetType().Name : path.Replace('.', '/')), inputs, unit.Arguments, outputs));
    }

    private void Observe((int Module, Tensor[] Values) observation, object?[] arguments)
    {
        (nn.Module module, string path) = modules.Module(observation.Module);
        string name = path.Length == 0 ? module.GetType().Name : path.Replace('.', '/');
        foreach ((int i, object? value) in arguments.Index())
        {
            // A unit's own result is called what its call is called.
            string called = _calls.Count > 0 && _calls[^1] is ModuleCall last && ReferenceEquals(last.Module, module) ? last.Name : name;
            _observations.Add(new Observation(called, module.GetType().Name, (TracedTensor)value!, observation.Values[i], _calls.Count, i));
        }
    }

    private void Unpack(OperationNode node, object? list)
    {
        if (list is List<object?> items)
        {
            foreach (((string name, _), object? item) in node.Outputs.Zip(items))
            {
                _values[name] = item;
            }
        }
        else if (_lists.TryGetValue(node.Inputs[0], out var pending))
        {
            // An operation that returns a list: how many tensors it has is known here.
            AddOperation(pending.Node with { Outputs = node.Outputs }, pending.Arguments);
        }
    }

    private void AddOperation(OperationNode node, object?[] arguments)
    {
        if (node.Outputs is [(string list, "Tensor[]")])
        {
            _lists[list] = (node, arguments);
            return;
        }
        string operation = node.Kind.StartsWith(Operations, StringComparison.Ordinal) ? node.Kind[Operations.Length..] : node.Kind;
        if (arguments.Length > 0 && arguments.All(a => a is long or double) && Arithmetic(operation, arguments) is { } number)
        {
            _values[node.Outputs[0].Name] = number;
            return;
        }
        bool writes = operation.EndsWith('_') && !operation.EndsWith("__", StringComparison.Ordinal) && !Views.IsMetadata(operation) && arguments[0] is TracedTensor;
        string name = writes || Views.IsMetadata(operation) ? operation[..^1] : operation;
        TracedTensor? target = writes ? (TracedTensor)arguments[0]! : Target(operation, arguments);
        TracedTensor[] outputs = new TracedTensor[node.Outputs.Length];
        for (int i = 0; i < outputs.Length; i++)
        {
            outputs[i] = target is not null && i == 0 ? target : Output(name, arguments, node.Outputs[i].Type);
            _values[node.Outputs[i].Name] = outputs[i];
        }
        (nn.Module module, string path) = modules.ModuleOf(node.Scope);
        string stem = path.Length == 0 ? name : $"{path.Replace('.', '/')}/{name}";
        _calls.Add(new OperatorCall(name, ModuleCall.Describe(path, module), path, Unique(stem), [.. Tensors(arguments)], arguments, outputs));
    }

    // Creation into a tensor that is there already, which comes last: how libtorch records zero_.
    private static TracedTensor? Target(string operation, object?[] arguments) =>
        operation is "zeros" or "ones" or "full" or "empty" or "eye" ? arguments[^1] as TracedTensor : null;

    private static TracedTensor Output(string operation, object?[] arguments, string type)
    {
        if (OperationNode.TensorType(type) is not { } tensor)
        {
            return new TracedTensor([], ScalarType.Int64, []); // A number read from a tensor: of no use to the graph, and refused if it is used.
        }
        var made = new TracedTensor(tensor.Shape, tensor.Type, tensor.Strides);
        TracedTensor? of = arguments.FirstOrDefault() as TracedTensor;
        return of is not null && Views.Is(operation, of, made) ? new TracedTensor(tensor.Shape, tensor.Type, tensor.Strides) { ViewOf = of } : made;
    }

    private static object? Arithmetic(string operation, object?[] arguments)
    {
        if (arguments is [long a, long b, ..])
        {
            return operation switch
            {
                "add" => a + b,
                "sub" => a - b,
                "mul" => a * b,
                "floordiv" or "floor_divide" when b != 0 => (long)Math.Floor((double)a / b),
                _ => null,
            };
        }
        return null;
    }

    private static IEnumerable<TracedTensor> Tensors(IEnumerable<object?> arguments) => arguments.SelectMany(a => a switch
    {
        TracedTensor tensor => [tensor],
        List<object?> list => Tensors(list),
        _ => Enumerable.Empty<TracedTensor>(),
    });

    private string Unique(string name)
    {
        string unique = name;
        for (int call = 2; !_names.Add(unique); call++)
        {
            unique = $"{name}_{call}";
        }
        return unique;
    }
}
