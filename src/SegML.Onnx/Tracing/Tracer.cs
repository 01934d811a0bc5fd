using SegML.Onnx.Tracing.Operations;
using static TorchSharp.torch;

namespace SegML.Onnx.Tracing;

/// <summary>Runs a module once and writes down what it did: by libtorch's tracer where that is verified, by the modules' hooks elsewhere.</summary>
internal static class Tracer
{
    /// <summary>Traces one run without gradients.</summary>
    /// <param name="module">The module, in evaluation mode.</param>
    /// <param name="inputs">Its inputs. The module may write into them.</param>
    /// <param name="emitters">Tells which modules are single steps.</param>
    /// <param name="operations">Whether operations between modules are wanted.</param>
    /// <param name="observe">Whether to keep copies of what every module returned.</param>
    /// <returns>The trace, and what the module returned.</returns>
    public static (ModuleTrace Trace, IReadOnlyList<Tensor> Outputs) Run(nn.Module module, IReadOnlyList<Tensor> inputs, OnnxEmitters emitters, bool operations, bool observe) =>
        operations && LibTorch.Unavailable is null
            ? OperationTracer.Run(module, inputs, emitters.IsUnit, observe)
            : ModuleTracer.Run(module, inputs, emitters.IsUnit, observe);

    /// <summary>Runs a module once before it is traced: what it computes at its first call and keeps is then a constant of all traces.</summary>
    public static void WarmUp(nn.Module module, IReadOnlyList<Tensor> inputs)
    {
        using IDisposable noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var state = new KeptState(module, scope, first: true);
        try
        {
            ModuleRun.Call(module, [.. inputs.Select(i => i.detach().clone())], () => null);
        }
        catch (OnnxExportException)
        {
            // The traced run fails as well, and knows where.
        }
    }
}
