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
    }

    /// <summary>Refuses examples that cannot be compared at.</summary>
    public static void CheckInputs(IReadOnlyList<Tensor> inputs)
    {
        for (int i = 0; i < inputs.Count; i++)
        {
            string name = inputs.Count == 1 ? "the example input" : $"example input {i + 1}";
            Tensor input = inputs[i] ?? throw new OnnxExportException(name, "is null", "give a tensor for each argument of the module's forward");
            if (input.IsInvalid)
            {
                throw new OnnxExportException(name, "has been disposed", "create it again");
            }
            RequireCpu(name, input, "give one on the CPU: input.cpu()");
            if (input.is_floating_point() && Any(input.isnan()))
            {
                // Infinity may be meant: it is how attention masks are written.
                throw new OnnxExportException(name, "holds NaN", "give values like those that the model will meet");
            }
            if (input.numel() == 0)
            {
                throw new OnnxExportException(name, "has no values", "give a size of at least 1 in every dimension");
            }
        }
    }

    private static void CheckTensor(string name, Tensor tensor)
    {
        if (tensor.device_type == DeviceType.META)
        {
            throw new OnnxExportException(name, "has a shape and no values (device meta)", "create the module on the CPU and load its weights");
        }
        if (tensor.is_floating_point() && tensor.dtype != ScalarType.Float32)
        {
            throw new OnnxExportException(name, $"is {tensor.dtype}", "convert the module before the export: module.to(ScalarType.Float32)");
        }
        if (tensor.numel() * tensor.element_size() > Array.MaxLength)
        {
            throw new OnnxExportException(name, $"has {tensor.numel() * tensor.element_size() >> 20} MB", "split it into parts of at most 2 GB each");
        }
        RequireCpu(name, tensor, "move the module to the CPU before the export: module.cpu()");
        if (tensor.is_floating_point() && Any(tensor.isfinite().logical_not()))
        {
            throw new OnnxExportException(name, "holds NaN or infinity", "train the module again, or load a checkpoint from before it diverged");
        }
    }

    private static void RequireCpu(string name, Tensor tensor, string fix)
    {
        if (tensor.device_type != DeviceType.CPU)
        {
            throw new OnnxExportException(name, $"is on {tensor.device}", fix);
        }
    }

    private static bool Any(Tensor condition)
    {
        using Tensor any = condition.any();
        condition.Dispose();
        return any.item<bool>();
    }
}
