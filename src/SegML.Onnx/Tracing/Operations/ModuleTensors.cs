using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace SegML.Onnx.Tracing.Operations;

/// <summary>The tensors that a module holds: parameters, buffers, and what lies in its fields, in lists and in modules that are not registered.</summary>
internal static class ModuleTensors
{
    /// <summary>Deep enough for blocks in lists in stages in lists.</summary>
    private const int MaxDepth = 24;

    /// <summary>Lists them with the names of the state dictionary, or of the fields. Every tensor once.</summary>
    public static IEnumerable<(string Name, Tensor Tensor)> Of(nn.Module root)
    {
        HashSet<string> names = [];
        HashSet<Tensor> seen = new(ReferenceEqualityComparer.Instance);
        foreach ((string name, Tensor tensor) in root.named_parameters().Select(p => (p.name, (Tensor)p.parameter))
            .Concat(root.named_buffers().Select(b => (b.name, b.buffer))).Concat(Fields(root, "", [], 0)))
        {
            if (!tensor.IsInvalid && seen.Add(tensor))
            {
                string unique = name;
                for (int i = 2; !names.Add(unique); i++)
                {
                    unique = $"{name}_{i}";
                }
                yield return (unique, tensor);
            }
        }
    }

    /// <summary>The modules that hold them: the module itself, and those in it, registered or not.</summary>
    public static IReadOnlyCollection<nn.Module> Owners(nn.Module root)
    {
        HashSet<nn.Module> owners = [];
        foreach (var _ in Fields(root, "", owners, 0))
        {
            // Walked for the modules.
        }
        return owners;
    }

    /// <summary>The fields of a module's type, inherited and private ones too, without those of every module.</summary>
    public static IEnumerable<FieldInfo> FieldsOf(Type module)
    {
        for (Type? type = module; type is not null && type != typeof(nn.Module) && type != typeof(object); type = type.BaseType)
        {
            foreach (FieldInfo field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                yield return field;
            }
        }
    }

    private static IEnumerable<(string, Tensor)> Fields(nn.Module owner, string path, HashSet<nn.Module> visited, int depth)
    {
        if (depth > MaxDepth || !visited.Add(owner))
        {
            yield break;
        }
        foreach (FieldInfo field in FieldsOf(owner.GetType()))
        {
            string name = field.Name.StartsWith('<') ? field.Name[1..field.Name.IndexOf('>')] : field.Name;
            foreach ((string, Tensor) found in Of(field.FieldType.IsValueType && !typeof(ITuple).IsAssignableFrom(field.FieldType) ? null : field.GetValue(owner),
                path.Length == 0 ? name : $"{path}.{name}", visited, depth + 1))
            {
                yield return found;
            }
        }
        foreach ((string name, nn.Module child) in owner.named_children())
        {
            foreach ((string, Tensor) found in Fields(child, path.Length == 0 ? name : $"{path}.{name}", visited, depth + 1))
            {
                yield return found;
            }
        }
    }

    private static IEnumerable<(string, Tensor)> Of(object? value, string name, HashSet<nn.Module> visited, int depth) => value switch
    {
        Tensor tensor => [(name, tensor)],
        nn.Module module => Unregistered(module).Select(p => ($"{name}.{p.Name}", p.Tensor)).Concat(Fields(module, name, visited, depth)),
        string or Delegate => [],
        ITuple tuple => Enumerable.Range(0, tuple.Length).SelectMany(i => Of(tuple[i], $"{name}.{i}", visited, depth + 1)),
        IDictionary pairs => pairs.Values.Cast<object?>().SelectMany((v, i) => Of(v, $"{name}.{i}", visited, depth + 1)),
        IEnumerable items when depth < MaxDepth && Holds(items.GetType()) => items.Cast<object?>().SelectMany((v, i) => Of(v, $"{name}.{i}", visited, depth + 1)),
        _ => [],
    };

    private static IEnumerable<(string Name, Tensor Tensor)> Unregistered(nn.Module module) =>
        module.named_parameters().Select(p => (p.name, (Tensor)p.parameter)).Concat(module.named_buffers().Select(b => (b.name, b.buffer)));

    // Not every sequence may be walked: only arrays and lists whose elements can hold tensors.
    private static bool Holds(Type type)
    {
        Type? element = type.IsArray ? type.GetElementType() : type.IsGenericType ? type.GetGenericArguments()[^1] : typeof(object);
        return element is { IsPrimitive: false } && element != typeof(string) && typeof(ICollection).IsAssignableFrom(type);
    }
}
