using static TorchSharp.torch;

namespace SegML.Onnx.Tracing;

/// <summary>One call of a module that the graph shows as a unit.</summary>
/// <param name="Module">The module that was called.</param>
/// <param name="Path">Where the module is: <c>encoder.layer1.conv</c>, as in the state dictionary.</param>
/// <param name="Name">The name of this call's node and output: <c>encoder/layer1/conv</c>, <c>_2</c> at the end for a second call.</param>
/// <param name="Inputs">What it read, in the order of its arguments; null for an optional tensor that was not given.</param>
/// <param name="Arguments">Its arguments as they were given, flat; tensors are null here, for <see cref="Inputs"/> describes them.</param>
/// <param name="Outputs">What it returned, tuples flattened.</param>
internal sealed record ModuleCall(
    nn.Module Module,
    string Path,
    string Name,
    IReadOnlyList<TracedTensor?> Inputs,
    IReadOnlyList<object?> Arguments,
    IReadOnlyList<TracedTensor> Outputs)
{
    /// <summary>For error messages: <c>encoder.layer1.conv (Conv2d)</c>.</summary>
    public string Subject => Describe(Path, Module);

    public static string Describe(string path, nn.Module module) =>
        path.Length == 0 ? $"the module ({module.GetType().Name})" : $"{path} ({module.GetType().Name})";
}
