using System.Runtime.InteropServices;
using System.Text;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Onnx.Tracing.Operations;

/// <summary>What libtorch recorded: its graph as text, and the tensors that it refers to.</summary>
/// <param name="Text">One node a line.</param>
/// <param name="Bound">The tensors that were given names before or while it recorded.</param>
/// <param name="Constants">Copies of the tensors of unknown origin, in the order of their nodes.</param>
internal sealed record RecordedOperations(string Text, IReadOnlyDictionary<string, (Tensor Tensor, string Name)> Bound, IReadOnlyList<Tensor> Constants);

/// <summary>
/// One recording by libtorch's tracer on this thread: every operation between Start and Finish becomes a node, unless paused. Nodes of our own
/// stand for whole modules, whose operations are not recorded.
/// </summary>
internal sealed unsafe class OperationRecorder : IDisposable
{
    /// <summary>More than libtorch's TracingState takes, whose size is not known here.</summary>
    private const nuint StateSize = 65536;

    /// <summary>The graph follows the two pointers of enable_shared_from_this.</summary>
    private const int GraphIndex = 2;

    private readonly Dictionary<string, (Tensor, string)> _bound = [];
    private readonly nint _state, _graph, _inputs;

    public OperationRecorder()
    {
        _state = (nint)NativeMemory.AllocZeroed(StateSize);
        LibTorch.Construct(_state);
        _graph = ((nint*)_state)[GraphIndex];
        _inputs = LibTorch.CreateNode(_state, LibTorch.Symbol("segml::inputs"), 0);
        LibTorch.InsertNode(_state, _inputs);
    }

    /// <summary>Starts or goes on recording.</summary>
    public void Resume() => Set(_state);

    /// <summary>Stops recording for a while.</summary>
    public void Pause() => Set(0);

    /// <summary>Gives a tensor a value of its own in the graph.</summary>
    /// <param name="tensor">The tensor. The module may dispose of it, unless it is a parameter.</param>
    /// <param name="name">What the exporter calls it.</param>
    public void Bind(Tensor tensor, string name)
    {
        if (!Knows(tensor))
        {
            Bind(tensor is Parameter ? tensor : tensor.detach(), name, tensor);
        }
    }

    /// <summary>Whether the graph has a value for a tensor.</summary>
    public bool Knows(Tensor tensor)
    {
        LibTorch.IValue v = LibTorch.Value(tensor);
        return LibTorch.HasValue(_state, &v) != 0;
    }

    /// <summary>Adds a node of our own. Recording goes on afterwards.</summary>
    /// <param name="kind">Its kind: <c>segml::unit3</c>.</param>
    /// <param name="inputs">The tensors that it reads; one that the graph does not know is bound as a constant.</param>
    /// <param name="outputs">The tensors that are its results from now on.</param>
    public void Add(string kind, IEnumerable<Tensor> inputs, IEnumerable<Tensor> outputs)
    {
        nint node = LibTorch.CreateNode(_state, LibTorch.Symbol(kind), 0);
        foreach (Tensor input in inputs)
        {
            if (!Knows(input))
            {
                Pause(); // The copy is not the module's.
                Bind(input.detach().clone().DetachFromDisposeScope(), "", input); // Scopes of the module end before this does.
            }
            Resume(); // Without, libtorch asks a state that is not there for the value's name.
            LibTorch.IValue v = LibTorch.Value(input);
            LibTorch.AddInput(node, LibTorch.GetValue(_state, &v));
        }
        LibTorch.InsertNode(_state, node);
        foreach (Tensor output in outputs)
        {
            SetValue(output, LibTorch.AddOutput(node));
        }
    }

    /// <summary>Operations from now on belong to a module.</summary>
    public void Enter(string scope) => LibTorch.WithString(scope, s => LibTorch.PushScope(_graph, (LibTorch.StdString*)s));

    /// <summary>Operations from now on belong to the module around the last one.</summary>
    public void Leave() => LibTorch.PopScope(_graph);

    /// <summary>Stops recording.</summary>
    public RecordedOperations Finish()
    {
        Pause();
        LibTorch.StdString text = default;
        LibTorch.GraphToString(&text, _graph, 0);
        string graph = Encoding.UTF8.GetString(text.Text, checked((int)text.Length));
        NativeMemory.Free(text.Text); // Longer than the few bytes that a string holds in itself.
        return new RecordedOperations(graph, _bound, Constants());
    }

    public void Dispose()
    {
        Pause();
        LibTorch.Destruct(_state);
        NativeMemory.Free((void*)_state);
    }

    private List<Tensor> Constants()
    {
        LibTorch.PointerVector nodes = default;
        LibTorch.FindAllNodes(&nodes, _graph, LibTorch.Symbol("prim::Constant"), 1);
        int outputs = OutputsOffset();
        List<Tensor> constants = [];
        for (nint* node = nodes.Begin; node < nodes.End; node++)
        {
            LibTorch.OptionalIValue value = default;
            LibTorch.ToIValue(&value, **(nint**)(*node + outputs));
            if (value.HasValue != 0 && value.Value.Tag == LibTorch.IValue.TensorTag)
            {
                constants.Add(LibTorch.Copy(value.Value));
            }
        }
        NativeMemory.Free(nodes.Begin);
        return constants;
    }

    private void Bind(Tensor content, string name, Tensor tensor)
    {
        nint value = LibTorch.AddOutput(_inputs);
        string key = $"bound{_bound.Count}";
        LibTorch.WithString(key, s => LibTorch.SetDebugName(value, (LibTorch.StdString*)s));
        _bound[key] = (content, name);
        SetValue(tensor, value);
    }

    // Where a node keeps the list of its outputs: seen by a node that gets one.
    private int OutputsOffset()
    {
        const int NodeSize = 256;
        nint node = LibTorch.CreateNode(_state, LibTorch.Symbol("segml::probe"), 0), value = LibTorch.AddOutput(node);
        LibTorch.InsertNode(_state, node);
        for (int offset = 0; offset < NodeSize; offset += sizeof(nint))
        {
            nint begin = *(nint*)(node + offset), end = *(nint*)(node + offset + sizeof(nint));
            if (begin != 0 && end == begin + sizeof(nint) && *(nint*)begin == value)
            {
                return offset;
            }
        }
        throw new NotSupportedException("libtorch's graph is laid out otherwise than in the version that this was verified with.");
    }

    private void SetValue(Tensor tensor, nint value)
    {
        LibTorch.IValue v = LibTorch.Value(tensor);
        LibTorch.SetValue(_state, &v, value);
    }

    private static void Set(nint state)
    {
        LibTorch.SharedPointer pointer = new() { Pointer = state };
        LibTorch.SetTracingState(&pointer);
    }
}
