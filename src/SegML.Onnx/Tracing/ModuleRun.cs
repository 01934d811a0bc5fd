using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx.Tracing;

/// <summary>Calls a module, and says in one line what is wrong when it cannot be called.</summary>
internal static class ModuleRun
{
    /// <summary>Calls a module through its hooks.</summary>
    /// <param name="module">The module.</param>
    /// <param name="inputs">Its inputs.</param>
    /// <param name="last">What was called last, for the error; null when nothing was.</param>
    /// <returns>What it returned: a tensor, a tuple or a list.</returns>
    /// <exception cref="OnnxExportException">It does not take these inputs, or uses what has been disposed.</exception>
    public static object Call(nn.Module module, IReadOnlyList<Tensor> inputs, Func<string?> last)
    {
        string subject = ModuleCall.Describe("", module);
        using var assertions = new FailedAssertions();
        try
        {
            return ModuleHooks.Call(module, inputs) ?? throw new OnnxExportException(subject, $"does not take {inputs.Count} tensor(s)",
                "give one example input for each argument of its forward");
        }
        catch (InvalidOperationException e) when (e.Message.Contains("empty handle", StringComparison.Ordinal))
        {
            // TorchSharp does not list disposed parameters, so that they show only when they are used.
            throw new OnnxExportException(subject, $"uses a tensor that has been disposed, {(last() is { } name ? $"after {name}" : "in its first module")}",
                "create the module again, or load its weights again", e);
        }
        catch (Exception e) when (e.Message.Contains("requires grad as a constant", StringComparison.Ordinal))
        {
            throw new OnnxExportException(subject, "computes with a parameter that it does not hold", "keep it in a field of the module, or register it", e);
        }
        catch (Exception e) when (e is not OnnxExportException and not OutOfMemoryException)
        {
            throw new OnnxExportException(subject, $"cannot run the input {string.Join(", ", inputs.Select(Shape))}: {FirstLine(e)}",
                "give an input of a shape and type that it accepts", e)
            { InputRefused = true };
        }
    }

    /// <summary>The tensors in what a module returned. A tensor without a handle is TorchSharp's way to return none: attention whose weights are not wanted.</summary>
    public static Tensor[] Tensors(object? result) => [.. ModuleHooks.Flatten(result).SelectMany(Members).OfType<Tensor>().Where(t => !t.IsInvalid)];

    // Results may be a record or class of tensors.
    private static IEnumerable<object?> Members(object? item) => item is null or Tensor or string || !item.GetType().IsClass ? [item]
        : item.GetType().GetProperties().Where(p => p.GetIndexParameters().Length == 0 && (p.PropertyType == typeof(Tensor) || typeof(IEnumerable<Tensor>).IsAssignableFrom(p.PropertyType)))
            .SelectMany(p => ModuleHooks.Flatten(p.GetValue(item)));

    /// <summary>The tensors that a module returned, of which there must be one.</summary>
    public static Tensor[] Outputs(nn.Module module, object result) => Tensors(result) is { Length: > 0 } tensors ? tensors
        : throw new OnnxExportException(ModuleCall.Describe("", module), $"returns a {result.GetType().Name} and no tensor",
            "return a tensor, or a tuple, a list, a dictionary or a record of tensors");

    /// <summary>A copy of a result for the caller of a run: the module may hold and overwrite the tensor itself, or may have left a scope open that it belongs to.</summary>
    public static Tensor HandOver(Tensor result, DisposeScope scope)
    {
        Tensor own = result.detach().clone();
        scope.Attach(own);
        return scope.MoveToOuter(own);
    }

    /// <summary>Refuses a result without values.</summary>
    public static void RequireValues(IEnumerable<Tensor> results, string subject)
    {
        if (results.FirstOrDefault(t => t.numel() == 0) is { } empty)
        {
            throw new OnnxExportException(subject, $"returns a tensor {Shape(empty)} without values", "give an input that is large enough for the module")
            { InputRefused = true };
        }
    }

    public static string Shape(Tensor tensor) => $"[{string.Join(", ", tensor.shape)}]";

    private static string FirstLine(Exception e) => e.Message.Split('\n', 2)[0].TrimEnd('.', '\r');
}
