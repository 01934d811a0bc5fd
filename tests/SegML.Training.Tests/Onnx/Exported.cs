using SegML.Onnx;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Tests.Onnx;

/// <summary>Exports modules into a folder of the test's own.</summary>
internal sealed class Exported : IDisposable
{
    private readonly IDisposable _scope = NewDisposeScope();

    public Exported() => Folder = Directory.CreateTempSubdirectory("segml-onnx-").FullName;

    public string Folder { get; }

    public string File => Path.Combine(Folder, "net.onnx");

    public void Dispose()
    {
        _scope.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Parity at random weights, without the argmax: untrained modules have many near ties.</summary>
    public static OnnxExportOptions Random => new() { MinArgmaxAgreement = 0 };

    /// <summary>Exports in evaluation mode with perturbed weights and statistics; the export itself asserts the parity.</summary>
    public OnnxExportReport Export(nn.Module module, long[] shape, OnnxExportOptions? options = null)
    {
        Perturb(module);
        module.eval();
        return OnnxExporter.Export(module, Input(shape), File, options ?? Random);
    }

    public static Tensor Input(params long[] shape)
    {
        using var generator = new Generator(5, CPU);
        return randn(shape, generator: generator);
    }

    /// <summary>
    /// Gives every weight and statistic a value of its own, from a fixed seed: new modules have zero biases, unit scales and neutral
    /// statistics, which hide mistakes, and TorchSharp 0.107 leaves GroupNorm's weights as the memory was.
    /// </summary>
    public static void Perturb(nn.Module module)
    {
        using IDisposable noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var generator = new Generator(7, CPU);
        foreach ((string name, Tensor tensor) in module.named_parameters().Select(p => (p.name, (Tensor)p.parameter)).Concat(module.named_buffers()))
        {
            if (!tensor.is_floating_point())
            {
                continue;
            }
            long[] shape = tensor.shape;
            bool scale = shape.Length == 1 && (name.EndsWith("weight", StringComparison.Ordinal) || name.EndsWith("running_var", StringComparison.Ordinal));
            double spread = shape.Length < 2 ? 0.2 : 1 / Math.Sqrt((double)tensor.numel() / shape[0]);
            tensor.copy_(scale ? rand(shape, generator: generator) + 0.5 : randn(shape, generator: generator) * spread);
        }
    }
}
