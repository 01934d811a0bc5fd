using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Onnx.Tracing;

/// <summary>Refuses modules whose export would be wrong or worthless, before any work is done.</summary>
internal static class ModuleGuard
{
    public static void Check(nn.Module module)
    {
        foreach ((string path, nn.Module part) in module.named_modules().Prepend(("", module)))
        {
            if (part.training)
            {
                throw new OnnxExportException(ModuleCall.Describe(path, part), "is in training mode", "call eval() on the whole module before the export");
            }
        }
        foreach ((string name, Parameter parameter) in module.named_parameters())
        {
            CheckTensor(name, parameter);
        }
        foreach ((string name, Tensor buffer) in module.named_buffers())
        {
            CheckTensor(name, buffer);
        }
        long bytes = module.parameters().Sum(p => p.numel() * p.element_size());
        if (bytes > MaxBytes)
        {
            throw new OnnxExportException(ModuleCall.Describe("", module), $"has {bytes >> 20} MB of weights",
                $"export parts of at most {MaxBytes >> 20} MB each, for an ONNX file can hold no more");
        }
    }

    // A protocol buffer ends at 2 GB.
    private const long MaxBytes = int.MaxValue - (64 << 20);

    private static void CheckTensor(string name, Tensor tensor)
    {
        if (tensor.device_type != DeviceType.CPU)
        {
            throw new OnnxExportException(name, $"is on {tensor.device}", "move the module to the CPU before the export: module.cpu()");
        }
        if (!tensor.is_floating_point())
        {
            return;
        }
        if (tensor.dtype != ScalarType.Float32)
        {
            throw new OnnxExportException(name, $"is {tensor.dtype}", "convert the module before the export: module.to(ScalarType.Float32)");
        }
        using IDisposable noGradient = no_grad();
        using var scope = NewDisposeScope();
        if (!tensor.isfinite().all().item<bool>())
        {
            throw new OnnxExportException(name, "holds NaN or infinity", "train the module again, or load a checkpoint from before it diverged");
        }
    }
}
