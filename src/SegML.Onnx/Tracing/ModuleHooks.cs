using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx.Tracing;

/// <summary>Called after a module's forward, with its arguments and its result as they are: tensors, tuples, flags.</summary>
internal delegate void AfterForward(nn.Module module, object?[] arguments, object? result);

/// <summary>
/// Forward hooks and calls of modules whose argument and result types are known at run time only. TorchSharp gives every
/// signature its own generic base type, <c>Module&lt;T1, ..., TResult&gt;</c>, with its own hook delegate.
/// </summary>
internal static class ModuleHooks
{
    private static readonly Type[] Signatures =
        [typeof(nn.Module<,>), typeof(nn.Module<,,>), typeof(nn.Module<,,,>), typeof(nn.Module<,,,,>), typeof(nn.Module<,,,,,>), typeof(nn.Module<,,,,,,>)];

    /// <summary>Registers a forward hook.</summary>
    /// <returns>Removes the hook; null when the module has no signature, and so cannot be called (a list of modules).</returns>
    public static Action? Attach(nn.Module module, AfterForward after)
    {
        if (SignatureOf(module) is not { } signature)
        {
            return null;
        }
        Type[] types = signature.GetGenericArguments();
        MethodInfo attach = typeof(ModuleHooks).GetMethods(BindingFlags.NonPublic | BindingFlags.Static)
            .Single(m => m.Name == nameof(AttachTyped) && m.GetGenericArguments().Length == types.Length);
        return (Action)attach.MakeGenericMethod(types).Invoke(null, BindingFlags.DoNotWrapExceptions, null, [module, after], null)!;
    }

    /// <summary>Registers a hook that runs before a module's forward.</summary>
    /// <returns>Removes the hook; null when the module has no signature.</returns>
    public static Action? AttachBefore(nn.Module module, Action before)
    {
        if (SignatureOf(module) is not { } signature)
        {
            return null;
        }
        MethodInfo register = signature.GetMethod(nameof(nn.Module<int, int>.register_forward_pre_hook), [typeof(Action<nn.Module>)])!;
        object remover = register.Invoke(module, BindingFlags.DoNotWrapExceptions, null, [new Action<nn.Module>(_ => before())], null)!;
        return remover.GetType().GetMethod("remove", Type.EmptyTypes)!.CreateDelegate<Action>(remover);
    }

    /// <summary>Calls a module through its hooks.</summary>
    /// <returns>What it returned; null when it takes other arguments than as many tensors as given.</returns>
    public static object? Call(nn.Module module, IReadOnlyList<Tensor> inputs)
    {
        if (SignatureOf(module) is not { } signature)
        {
            return null;
        }
        Type[] types = signature.GetGenericArguments()[..^1];
        if (Arguments(module, types, inputs) is not { } arguments)
        {
            return null;
        }
        return signature.GetMethod("call", types)!.Invoke(module, BindingFlags.DoNotWrapExceptions, null, arguments, null);
    }

    /// <summary>Runs a module past its hooks, with its optional arguments left out.</summary>
    public static object? Forward(nn.Module module, IReadOnlyList<Tensor> inputs)
    {
        Type signature = SignatureOf(module)!;
        Type[] types = signature.GetGenericArguments()[..^1];
        return signature.GetMethod("forward", types)!.Invoke(module, BindingFlags.DoNotWrapExceptions, null, Arguments(module, types, inputs), null);
    }

    /// <summary>Tuples and lists taken apart, in order.</summary>
    public static IEnumerable<object?> Flatten(object? value) => value switch
    {
        Tensor => [value],
        ITuple tuple => Enumerable.Range(0, tuple.Length).SelectMany(i => Flatten(tuple[i])),
        string => [value],
        IDictionary pairs => pairs.Values.Cast<object?>().SelectMany(Flatten),
        IEnumerable items => items.Cast<object?>().SelectMany(Flatten),
        _ => [value],
    };

    // The tensors first; what else there is takes the default that the module's own call declares, or none if it may be null.
    private static object?[]? Arguments(nn.Module module, Type[] types, IReadOnlyList<Tensor> inputs)
    {
        if (types.Length < inputs.Count || types[..inputs.Count].Any(t => t != typeof(Tensor)))
        {
            return null;
        }
        ParameterInfo[] parameters = module.GetType().GetMethod("call", types)!.GetParameters();
        if (parameters[inputs.Count..].Any(p => !p.HasDefaultValue && p.ParameterType.IsValueType && Nullable.GetUnderlyingType(p.ParameterType) is null))
        {
            return null;
        }
        return [.. inputs, .. parameters[inputs.Count..].Select(p => p.HasDefaultValue ? p.DefaultValue : null)];
    }

    private static Type? SignatureOf(nn.Module module)
    {
        for (Type? type = module.GetType(); type is not null; type = type.BaseType)
        {
            if (type.IsGenericType && Signatures.Contains(type.GetGenericTypeDefinition()))
            {
                return type;
            }
        }
        return null;
    }

    private static Action AttachTyped<T, TResult>(nn.Module<T, TResult> module, AfterForward after)
    {
        Func<nn.Module<T, TResult>, T, TResult, TResult> hook = (m, a, result) =>
        {
            after(m, [a], result);
            return result;
        };
        return module.register_forward_hook(hook).remove;
    }

    private static Action AttachTyped<T1, T2, TResult>(nn.Module<T1, T2, TResult> module, AfterForward after)
    {
        Func<nn.Module<T1, T2, TResult>, T1, T2, TResult, TResult> hook = (m, a, b, result) =>
        {
            after(m, [a, b], result);
            return result;
        };
        return module.register_forward_hook(hook).remove;
    }

    private static Action AttachTyped<T1, T2, T3, TResult>(nn.Module<T1, T2, T3, TResult> module, AfterForward after)
    {
        Func<nn.Module<T1, T2, T3, TResult>, T1, T2, T3, TResult, TResult> hook = (m, a, b, c, result) =>
        {
            after(m, [a, b, c], result);
            return result;
        };
        return module.register_forward_hook(hook).remove;
    }

    private static Action AttachTyped<T1, T2, T3, T4, TResult>(nn.Module<T1, T2, T3, T4, TResult> module, AfterForward after)
    {
        Func<nn.Module<T1, T2, T3, T4, TResult>, T1, T2, T3, T4, TResult, TResult> hook = (m, a, b, c, d, result) =>
        {
            after(m, [a, b, c, d], result);
            return result;
        };
        return module.register_forward_hook(hook).remove;
    }

    private static Action AttachTyped<T1, T2, T3, T4, T5, TResult>(nn.Module<T1, T2, T3, T4, T5, TResult> module, AfterForward after)
    {
        Func<nn.Module<T1, T2, T3, T4, T5, TResult>, T1, T2, T3, T4, T5, TResult, TResult> hook = (m, a, b, c, d, e, result) =>
        {
            after(m, [a, b, c, d, e], result);
            return result;
        };
        return module.register_forward_hook(hook).remove;
    }

    private static Action AttachTyped<T1, T2, T3, T4, T5, T6, TResult>(nn.Module<T1, T2, T3, T4, T5, T6, TResult> module, AfterForward after)
    {
        Func<nn.Module<T1, T2, T3, T4, T5, T6, TResult>, T1, T2, T3, T4, T5, T6, TResult, TResult> hook = (m, a, b, c, d, e, f, result) =>
        {
            after(m, [a, b, c, d, e, f], result);
            return result;
        };
        return module.register_forward_hook(hook).remove;
    }
}
