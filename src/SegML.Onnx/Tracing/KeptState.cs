using System.Reflection;
using SegML.Onnx.Tracing.Operations;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Onnx.Tracing;

/// <summary>
/// What a module holds beside its parameters, as it was before a run: the content of buffers and of tensors in fields, into which a forward may write (a cache of keys
/// and values), and the fields, which a forward may set. A run begins where the last one began, and the module is left as it was. Dispose it before the run's scope ends.
/// </summary>
internal sealed class KeptState : IDisposable
{
    private readonly nn.Module _module;
    private readonly DisposeScope _scope;
    private readonly bool _first;
    private readonly List<(Tensor Memory, Tensor Content)> _contents = [];
    private readonly List<(nn.Module Owner, FieldInfo Field, object? Value)> _fields = [];

    /// <summary>Keeps what a module holds.</summary>
    /// <param name="module">The module.</param>
    /// <param name="scope">The scope that the run's tensors belong to. Those that the module holds afterwards leave it.</param>
    /// <param name="first">Whether this is the module's first run, of which it may keep what it computes once.</param>
    public KeptState(nn.Module module, DisposeScope scope, bool first = false)
    {
        (_module, _scope, _first) = (module, scope, first);
        using IDisposable noGradient = no_grad();
        foreach ((_, Tensor tensor) in ModuleTensors.Of(module))
        {
            if (tensor is not Parameter && tensor.device_type == DeviceType.CPU && !tensor.is_sparse)
            {
                // By handles of our own, for a forward may dispose of the module's.
                _contents.Add((tensor.detach().DetachFromDisposeScope(), tensor.clone().DetachFromDisposeScope()));
            }
        }
        foreach (nn.Module owner in ModuleTensors.Owners(module).Where(o => o.GetType().Assembly != typeof(nn.Module).Assembly))
        {
            _fields.AddRange(ModuleTensors.FieldsOf(owner.GetType()).Where(f => !f.IsLiteral && !f.IsInitOnly).Select(f => (owner, f, f.GetValue(owner))));
        }
    }

    public void Dispose()
    {
        using IDisposable noGradient = no_grad();
        foreach ((Tensor memory, Tensor content) in _contents)
        {
            using (memory)
            using (content)
            {
                // Where nothing was written nothing is: a tensor that is expanded cannot be written to.
                if (!Same(memory, content))
                {
                    memory.copy_(content);
                }
            }
        }
        foreach (var fields in _fields.GroupBy(f => f.Owner).Where(g => !_first || g.Any(f => f.Value is Tensor && IsOther(f))))
        {
            // All of a module's, for they belong together: a grid, and the size that it was computed for. Not a tensor that the forward has disposed of for another.
            foreach (var field in fields.Where(f => IsOther(f) && f.Value is not Tensor { IsInvalid: true }))
            {
                field.Field.SetValue(field.Owner, field.Value);
            }
        }
        _scope.Detach(ModuleTensors.Of(_module).Select(t => t.Tensor).Where(t => _scope.Contains(t)).ToArray());
    }

    private static bool IsOther((nn.Module Owner, FieldInfo Field, object? Value) field) =>
        field.Field.GetValue(field.Owner) is var now && (field.Field.FieldType.IsValueType ? !Equals(now, field.Value) : !ReferenceEquals(now, field.Value));

    private static bool Same(Tensor a, Tensor b)
    {
        using Tensor equal = a.eq(b), all = equal.all();
        return all.item<bool>();
    }
}
